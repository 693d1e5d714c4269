import { artifactFileKey, manifestDigest, parseManifest, problemOfEntries } from "../artifact-manifest.ts";
import { refusal } from "../refusal.ts";
import type { HeldArtifact, HeldManifest } from "../state.ts";
import type { CompleteInput, FileSpecInput, ManifestInput, PartInput } from "./artifact-inputs.ts";
import { artifactById } from "./artifact-lookups.ts";
import { artifactFields, manifestFields } from "./artifacts.ts";
import type { Fields, ServerContext } from "./context.ts";
import { page } from "./page.ts";

interface Upload {
  readonly key: string;
  readonly parts: readonly PartInput[];
  joining: Promise<boolean> | undefined;
}

/** How the bytes of an artifact come, and what is checked before it counts. */
export function artifactUploads(context: ServerContext): Fields {
  const { state, storage } = context;
  const uploads = new Map<string, Upload>();

  /** Joined once, also where the client grew tired of waiting and asks again. */
  function joined(upload: Upload, keys: readonly string[]): Promise<boolean> {
    upload.joining ??= storage.join(keys, upload.key).then((done) => {
      if (!done) upload.joining = undefined;
      return done;
    });
    return upload.joining;
  }

  function fileSpec({ artifactID, name, md5, mimetype, uploadPartsInput }: FileSpecInput): Fields {
    const artifact = artifactById(state, artifactID);
    const birth = birthOf(artifact, md5);
    const key = artifactFileKey(birth.id, md5);
    const there = state.objects.has(key);
    const headers = [`Content-MD5:${md5}`, `Content-Type:${mimetype ?? "application/octet-stream"}`];
    const node = {
      __typename: "File",
      id: key,
      name,
      displayName: name,
      storagePath: key,
      directUrl: storage.sign("GET", key),
      artifact: artifactFields(context, birth),
    };
    storage.expect(key, md5);
    // No address: the bytes are there already.
    if (there) return { ...node, uploadUrl: null, uploadHeaders: [], uploadMultipartUrls: null };
    // The SDK takes a missing address for "the bytes are there", also where it could upload in parts.
    const whole = { ...node, uploadUrl: storage.sign("PUT", key), uploadHeaders: headers };
    const asked = uploadPartsInput ?? [];
    if (asked.length === 0) return whole;
    const { id: uploadID } = state.newId("Upload");
    uploads.set(uploadID, { key, parts: asked, joining: undefined });
    const uploadUrlParts = asked.map(({ partNumber, hexMD5 }) => {
      const part = `${key}.part${partNumber}`;
      storage.expect(part, Buffer.from(hexMD5, "hex").toString("base64"));
      return { partNumber, uploadUrl: storage.sign("PUT", part) };
    });
    const uploadMultipartUrls = { uploadID, uploadUrlParts };
    return { ...whole, uploadMultipartUrls };
  }

  /** The artifact of the collection that brought these bytes first. */
  function birthOf(artifact: HeldArtifact, md5: string): HeldArtifact {
    for (const earlier of artifact.collection.versions) {
      const entry = earlier?.entries.find(({ digest, ref }) => digest === md5 && ref === undefined);
      if (entry?.birthArtifactId !== undefined) return artifactById(state, entry.birthArtifactId);
    }
    return artifact;
  }

  function ensureManifest({ artifactID, name, digest }: ManifestInput): HeldManifest {
    const artifact = artifactById(state, artifactID);
    const { id } = artifact.manifest ?? state.newId("ArtifactManifest");
    const manifest = artifact.manifest ?? { id, artifact, name, key: `artifacts/${artifact.id}/${name}`, digest };
    artifact.manifest = manifest;
    state.manifests.set(manifest.id, manifest);
    setDigest(manifest, digest);
    return manifest;
  }

  function setDigest(manifest: HeldManifest, digest: string | null | undefined): void {
    if (!digest) return;
    manifest.digest = digest;
    storage.expect(manifest.key, digest);
  }

  async function commit(artifact: HeldArtifact): Promise<void> {
    if (isCommitted(artifact)) return;
    const blob = artifact.manifest && state.objects.get(artifact.manifest.key);
    if (!blob) throw refusal(400, `artifact ${artifact.id}: its manifest was not uploaded`);
    const entries = parseManifest(await blob.bytes());
    if (isCommitted(artifact)) return; // by another request in the meantime
    const digest = manifestDigest(entries);
    if (digest !== artifact.digest) {
      throw refusal(
        400,
        `artifact ${artifact.id}: its manifest has the digest ${digest}, ${artifact.digest} was announced`,
      );
    }
    const problem = problemOfEntries(state, entries);
    if (problem !== undefined) throw refusal(400, `artifact ${artifact.id}: ${problem}`);
    artifact.entries = entries;
    artifact.state = "COMMITTED";
    artifact.version = artifact.collection.versions.push(artifact) - 1;
    for (const alias of artifact.wantedAliases) artifact.collection.aliases.set(alias, artifact);
  }

  return {
    createArtifactManifest({ input }: { readonly input: ManifestInput }) {
      const { artifact } = ensureManifest(input);
      return { artifactManifest: manifestFields(context, artifact) };
    },
    updateArtifactManifest({
      input,
    }: {
      readonly input: { readonly artifactManifestID: string; readonly digest?: string };
    }) {
      const manifest = state.manifests.get(input.artifactManifestID);
      if (!manifest) throw refusal(404, `manifest ${input.artifactManifestID} not found`);
      setDigest(manifest, input.digest);
      return { artifactManifest: manifestFields(context, manifest.artifact) };
    },
    createArtifactFiles({ input }: { readonly input: { readonly artifactFiles: readonly FileSpecInput[] } }) {
      const nodes = input.artifactFiles.map(fileSpec);
      return { files: page(nodes, { first: nodes.length }, (node) => ({ node })) };
    },
    async completeMultipartUploadArtifact({ input }: { readonly input: CompleteInput }) {
      const upload = uploads.get(input.uploadID);
      if (upload?.key !== input.storagePath) throw refusal(404, `upload ${input.uploadID} not found`);
      const sorted = [...input.completedParts].sort((a, b) => a.partNumber - b.partNumber);
      const announced = upload.parts.map(({ hexMD5 }) => hexMD5).join();
      const etags = sorted.map(({ hexMD5 }) => hexMD5.replaceAll('"', "")).join();
      const keys = sorted.map(({ partNumber }) => `${upload.key}.part${partNumber}`);
      const complete = etags === announced && (await joined(upload, keys));
      if (!complete) throw refusal(400, `upload ${input.uploadID}: its parts are not what was announced`);
      return { digest: state.objects.get(upload.key)?.md5 };
    },
    async commitArtifact({ input }: { readonly input: { readonly artifactID: string } }) {
      const artifact = artifactById(state, input.artifactID);
      await commit(artifact);
      return { artifact: artifactFields(context, artifact) };
    },
  };
}

function isCommitted({ state }: HeldArtifact): boolean {
  return state === "COMMITTED";
}
