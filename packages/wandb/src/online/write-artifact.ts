import { createHash } from "node:crypto";
import type { WriteContext } from "@runferry/core";
import { type Digests, digestsOf, type RunPath, type WandbClient } from "../client/index.ts";
import { sha256 } from "../hash.ts";
import { type ArtifactFile, type LaidArtifact, type Link, readModel } from "../mapping/index.ts";

type Ways = Pick<WriteContext, "open" | "signal">;

interface Entry {
  readonly path: string;
  readonly bytes: number;
  readonly digests: Digests;
  content(): AsyncIterable<Uint8Array>;
}

/** Brings a version of an artifact there, or finds it there. Calling it again changes nothing. */
export async function writeArtifact(
  client: WandbClient,
  path: RunPath,
  artifact: LaidArtifact,
  { open, signal }: Ways,
): Promise<void> {
  const asking = { signal };
  const entries = await Promise.all(artifact.files.map((file) => entryOf(file, open)));
  const sorted = entries.sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)));
  const digest = createHash("md5")
    .update("wandb-artifact-manifest-v1\n")
    .update(sorted.map(({ path: name, digests }) => `${name}:${digests.md5}\n`).join(""))
    .digest("hex");
  const { entity, project, run } = path;
  const { type, name, metadata, aliases, description } = artifact;
  const created = await client.artifacts.create(
    {
      entity,
      project,
      // An input is nobody's output.
      ...(artifact.role === "output" ? { run } : {}),
      type,
      name,
      digest,
      metadata,
      aliases,
      ...(description === undefined ? {} : { description }),
      clientId: idFrom(`${entity}/${project}/${name}/${digest}`),
      sequenceClientId: idFrom(`${entity}/${project}/${name}`),
    },
    asking,
  );
  if (created.state !== "COMMITTED") await fill(client, path, created, sorted, asking);
  if (artifact.role === "input") {
    const use = { artifactId: created.id, ...(artifact.usedAs === undefined ? {} : { usedAs: artifact.usedAs }) };
    await client.artifacts.use(path, use, asking);
  }
}

async function fill(
  client: WandbClient,
  path: RunPath,
  created: { readonly id: string; readonly latestId: string | undefined },
  entries: readonly Entry[],
  asking: { readonly signal: AbortSignal },
): Promise<void> {
  const manifest = {
    ...path,
    artifactId: created.id,
    ...(created.latestId === undefined ? {} : { baseArtifactId: created.latestId }),
  };
  const { id: manifestId } = await client.artifacts.createManifest({ ...manifest, digest: "", upload: false }, asking);
  const contents: [string, object][] = [];
  for (let from = 0; from < entries.length; from += mostFiles) {
    const some = entries.slice(from, from + mostFiles);
    const places = await client.artifacts.createFiles(
      some.map(({ path: name, digests: { md5, parts } }) => ({
        artifactId: created.id,
        manifestId,
        name,
        md5,
        ...(parts ? { parts } : {}),
      })),
      asking,
    );
    for (const [i, place] of places.entries()) {
      const entry = some[i]!;
      await upload(client, entry, place, asking);
      const { bytes: size, digests } = entry;
      contents.push([entry.path, { digest: digests.md5, size, birthArtifactID: place.birthArtifactId }]);
    }
  }
  const text = JSON.stringify({
    version: 1,
    storagePolicy: "wandb-storage-policy-v1",
    storagePolicyConfig: { storageLayout: "V2" },
    contents: Object.fromEntries(contents),
  });
  const bytes = Buffer.from(text);
  const digest = createHash("md5").update(bytes).digest("base64");
  const { target } = await client.artifacts.createManifest({ ...manifest, digest, upload: true }, asking);
  if (target) await client.storage.put(target, () => of(bytes), { bytes: bytes.length, ...asking });
  await client.artifacts.commit(created.id, asking);
}

const mostFiles = 100;

async function upload(
  client: WandbClient,
  { bytes, digests, content }: Entry,
  place: Awaited<ReturnType<WandbClient["artifacts"]["createFiles"]>>[number],
  asking: { readonly signal: AbortSignal },
): Promise<void> {
  if (place.multipart && digests.parts) {
    const parts = await client.storage.putParts(place.multipart.parts, content, {
      bytes,
      digests: digests.parts,
      ...asking,
    });
    await client.artifacts.completeMultipart(place, parts, asking);
  } else if (place.target) {
    await client.storage.put(place.target, content, { bytes, ...asking });
  }
}

async function entryOf(file: ArtifactFile, open: Ways["open"]): Promise<Entry> {
  if ("text" in file) {
    const bytes = Buffer.from(file.text);
    const content = () => of(bytes);
    return { path: file.path, bytes: bytes.length, digests: await digestsOf(content(), bytes.length), content };
  }
  const content = () => open(file.file);
  const { bytes } = file.file;
  return { path: file.path, bytes, digests: await digestsOf(content(), bytes), content };
}

/** Where W&B keeps its registry of models. */
const registry = "model-registry";

/** Puts the version of a model that the run logged last at this path into its collection of the registry. */
export async function linkModel(
  client: WandbClient,
  path: RunPath,
  { path: modelPath, collection, aliases }: Link,
  signal: AbortSignal,
): Promise<void> {
  let found: { readonly id: string; readonly at: number } | undefined;
  for await (const artifact of client.artifacts.ofRun(path, "logged", { signal })) {
    const model = readModel({ ...artifact, uri: "", createdAt: 0 });
    if (model?.path === modelPath && model.at >= (found?.at ?? model.at)) found = { id: artifact.id, at: model.at };
  }
  if (!found) return;
  const portfolio = { entity: path.entity, project: registry, name: collection };
  await client.artifacts.link(portfolio, { artifactId: found.id, aliases }, { signal });
}

export async function* of(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes;
}

/** 128 characters that are the same for the same. */
function idFrom(text: string): string {
  return sha256(text) + sha256(`${text}/`);
}
