import { join } from "node:path";
import { type Dated, problemOf, type RunEvent, unreadHash } from "@runferry/core";
import { artifactPathOf, type RemoteRun, readDataset, readModel } from "../mapping/index.ts";
import { type HeldFiles, hashesOf, refOf } from "./held-files.ts";
import type { ArtifactRecord, ManifestEntryMessage } from "./messages.ts";
import type { ScannedRun } from "./scan-run.ts";

export interface FactsReading {
  readonly isOwn: boolean;
  readonly startedAt: number;
  readonly files: HeldFiles;
  /** The folders of the run. */
  readonly folders: readonly string[];
  /** Told of every file of an artifact, and where it is. */
  onFile(path: string, place: string): void;
}

/** What a run has beside its rows: files, datasets, models and other artifacts. */
export async function readFacts(scanned: ScannedRun, reading: FactsReading): Promise<readonly Dated<RunEvent>[]> {
  const facts = [...(await filesOf(scanned, reading))];
  for (const artifact of scanned.artifacts) facts.push(...(await artifactOf(artifact, scanned.remote, reading)));
  return facts.filter((event) => problemOf(event) === undefined);
}

async function filesOf({ listed }: ScannedRun, reading: FactsReading): Promise<readonly Dated<RunEvent>[]> {
  const { isOwn, startedAt: at, files, onFile } = reading;
  const facts: Dated<RunEvent>[] = [];
  for (const path of isOwn ? listed : new Set([...listed, ...(await files.paths())])) {
    const name = artifactPathOf(path);
    if (name === undefined) continue;
    const place = await files.place(path);
    if (place !== undefined) {
      onFile(name, place);
      facts.push({ kind: "artifact.logged", at, file: refOf(name, await hashesOf(place)) });
    } else if (isOwn || (await files.leadsOut(path))) {
      const reason = (await files.leadsOut(path))
        ? "a file of the run is a link out of its folder, and links are not followed"
        : "a file of the run is not there";
      facts.push({ kind: "events.lost", at, count: 1, reason, where: `files/${path}` });
    }
  }
  return facts;
}

async function artifactOf(
  record: ArtifactRecord,
  remote: RemoteRun,
  reading: FactsReading,
): Promise<readonly Dated<RunEvent>[]> {
  const { type = "", name = "", digest, metadata, entity = "", useAfterCommit = false } = record;
  const { startedAt: at } = reading;
  const uri = `wandb-artifact://${[entity, remote.project, name].filter((part) => part !== "").join("/")}`;
  const told = { type, name, digest, metadata, uri, createdAt: at };
  const model = reading.isOwn && !useAfterCommit ? readModel(told) : undefined;
  if (model) return [model];
  const facts: Dated<RunEvent>[] = useAfterCommit ? [readDataset(told, at)] : [];
  if (reading.isOwn) return facts;
  for (const entry of record.manifest?.contents ?? []) facts.push(...(await entryOf(entry, record, reading)));
  return facts;
}

/** A file of someone else's artifact, where its bytes are still there. */
async function entryOf(
  entry: ManifestEntryMessage,
  { name = "", type = "" }: ArtifactRecord,
  { startedAt: at, folders, onFile }: FactsReading,
): Promise<readonly Dated<RunEvent>[]> {
  const path = `${name}/${entry.path ?? ""}`;
  const about = { kind: "artifact.logged", at, ...(type === "" ? {} : { type }) } as const;
  if (entry.ref) {
    const file = { path, sha256: unreadHash, bytes: Number(entry.size ?? 0) };
    return [{ ...about, file, reference: entry.ref }];
  }
  // The record may name any file of this machine: only the one that has the digest is it.
  const places = [
    entry.localPath ?? "",
    ...folders.map((folder) => join(folder, "artifacts", (entry.localPath ?? "").split("/").at(-1)!)),
  ];
  for (const place of places) {
    if (place === "") continue;
    const hashes = await hashesOf(place).catch(() => undefined);
    if (hashes?.md5 !== entry.digest) continue;
    onFile(path, place);
    return [{ ...about, file: refOf(path, hashes!) }];
  }
  return [{ kind: "events.lost", at, count: 1, reason: "a file of an artifact is not there any more", where: path }];
}
