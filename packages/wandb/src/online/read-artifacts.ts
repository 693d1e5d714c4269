import { createHash } from "node:crypto";
import { type Dated, isJsonObject, type Json, parseJson, problemOf, type RunEvent, unreadHash } from "@runferry/core";
import type { ArtifactRecord, RunPath, WandbClient } from "../client/index.ts";
import { readDataset, readModel } from "../mapping/index.ts";
import type { Found } from "./source.ts";

type Signal = AbortSignal | undefined;

/** The datasets and models of a run, and of someone else's run the files of its other artifacts. */
export async function artifactFacts(
  client: WandbClient,
  { path, run }: Found,
  signal: Signal,
): Promise<readonly Dated<RunEvent>[]> {
  const events: Dated<RunEvent>[] = [];
  const at = run.started.createdAt;
  for (const which of ["used", "logged"] as const) {
    for await (const record of client.artifacts.ofRun(path, which, { signal })) {
      const { entity, project, name, type, version, digest, metadata } = record;
      const uri = `wandb-artifact://${entity}/${project}/${name}:v${version ?? 0}`;
      const artifact = { type, name, digest, metadata, uri, createdAt: at };
      const event = which === "used" ? readDataset(artifact, at) : readModel(artifact);
      if (event) events.push(event);
      else if (!run.own) events.push(...(await filesOf(client, record, at, signal)));
    }
  }
  return events;
}

/** The files of an artifact as artifacts of the run, below its name. */
async function filesOf(
  client: WandbClient,
  record: ArtifactRecord,
  at: number,
  signal: Signal,
): Promise<readonly Dated<RunEvent>[]> {
  const { name, type } = record;
  if (type.startsWith("wandb-")) return []; // what W&B makes of the history for itself
  const urls = await urlsOf(client, record, signal);
  const events: Dated<RunEvent>[] = [];
  for (const [entry, { ref, size }] of await manifestOf(client, record, signal)) {
    const about = { kind: "artifact.logged", at, ...(type === "" ? {} : { type }) } as const;
    const path = `${name}/${entry}`;
    const url = urls.get(entry);
    if (ref !== undefined) {
      const file = { path, sha256: unreadHash, bytes: size };
      events.push({ ...about, file, reference: ref });
    } else if (url !== undefined) {
      events.push({ ...about, file: { path, ...(await hashOf(client.storage.get(url, { signal }))) } });
    }
  }
  return events.filter((event) => problemOf(event) === undefined);
}

interface Entry {
  readonly ref: string | undefined;
  readonly size: number;
}

async function manifestOf(
  client: WandbClient,
  { id }: ArtifactRecord,
  signal: Signal,
): Promise<readonly (readonly [string, Entry])[]> {
  const parts: Uint8Array[] = [];
  const url = await client.artifacts.manifestUrl(id, { signal });
  for await (const part of client.storage.get(url, { signal })) parts.push(part);
  const manifest = jsonOf(Buffer.concat(parts).toString("utf8"));
  const contents = isJsonObject(manifest) && isJsonObject(manifest.contents) ? manifest.contents : {};
  return Object.entries(contents).flatMap(([path, entry]) => {
    if (!isJsonObject(entry)) return [];
    const { ref, size } = entry;
    return [[path, { ref: typeof ref === "string" ? ref : undefined, size: typeof size === "number" ? size : 0 }]];
  });
}

function jsonOf(text: string): Json | undefined {
  try {
    return parseJson(text);
  } catch {
    return undefined; // nothing that could be read
  }
}

async function urlsOf(
  client: WandbClient,
  { entity, project, name, version }: ArtifactRecord,
  signal: Signal,
): Promise<ReadonlyMap<string, string>> {
  const urls = new Map<string, string>();
  if (version === undefined) return urls;
  const files = client.artifacts.fileUrls({ entity, project }, { name, version }, { signal });
  for await (const { name: path, url } of files) urls.set(path, url);
  return urls;
}

/** Where the bytes are of a file that `filesOf` has named. */
export async function artifactFileUrl(
  client: WandbClient,
  path: RunPath,
  name: string,
  signal: Signal,
): Promise<string | undefined> {
  for await (const record of client.artifacts.ofRun(path, "logged", { signal })) {
    if (!name.startsWith(`${record.name}/`)) continue;
    const url = (await urlsOf(client, record, signal)).get(name.slice(record.name.length + 1));
    if (url !== undefined) return url;
  }
  return undefined;
}

export async function hashOf(
  content: AsyncIterable<Uint8Array>,
): Promise<{ readonly sha256: string; readonly bytes: number }> {
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const part of content) {
    hash.update(part);
    bytes += part.length;
  }
  return { sha256: hash.digest("hex"), bytes };
}
