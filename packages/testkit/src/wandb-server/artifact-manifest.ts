import { createHash } from "node:crypto";
import { refusal } from "./refusal.ts";
import type { ManifestEntry, WandbState } from "./state.ts";

interface ManifestFile {
  readonly version?: unknown;
  readonly contents?: Readonly<Record<string, ManifestContent>>;
}

interface ManifestContent {
  readonly digest?: unknown;
  readonly size?: unknown;
  readonly ref?: unknown;
  readonly birthArtifactID?: unknown;
}

/** The entries of an uploaded manifest. */
export function parseManifest(bytes: Buffer): readonly ManifestEntry[] {
  const { version, contents } = manifestFile(bytes);
  if (version !== 1 || typeof contents !== "object" || contents === null)
    throw refusal(400, "no manifest of version 1");
  return Object.entries(contents).map(([path, { digest, size, ref, birthArtifactID }]) => {
    if (typeof digest !== "string") throw refusal(400, `manifest: ${path} has no digest`);
    const birthArtifactId = typeof birthArtifactID === "string" ? birthArtifactID : undefined;
    return {
      path,
      digest,
      size: typeof size === "number" ? size : 0,
      ref: typeof ref === "string" ? ref : undefined,
      birthArtifactId,
      key: artifactFileKey(birthArtifactId ?? "", digest),
    };
  });
}

function manifestFile(bytes: Buffer): ManifestFile {
  try {
    return JSON.parse(bytes.toString("utf8")) as ManifestFile;
  } catch {
    throw refusal(400, "the manifest is no JSON");
  }
}

/** MD5 in hexadecimal of a line for each path, in the order of their bytes. */
export function manifestDigest(entries: readonly ManifestEntry[]): string {
  const hash = createHash("md5").update("wandb-artifact-manifest-v1\n");
  const sorted = [...entries].sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)));
  for (const { path, digest } of sorted) hash.update(`${path}:${digest}\n`);
  return hash.digest("hex");
}

/** What is wrong with the bytes of the entries; undefined: nothing. */
export function problemOfEntries(state: WandbState, entries: readonly ManifestEntry[]): string | undefined {
  for (const { path, ref, key, digest, size } of entries) {
    if (ref !== undefined) continue;
    const blob = state.objects.get(key);
    if (!blob) return `${path} was not uploaded`;
    if (blob.md5 !== digest) return `${path} has another digest than its bytes`;
    if (blob.size !== size) return `${path} has ${blob.size} bytes, the manifest says ${size}`;
  }
  return undefined;
}

/** Where the bytes of a file lie: under the artifact that brought them, by their MD5. */
export function artifactFileKey(birthArtifactId: string, md5: string): string {
  return `artifacts/${birthArtifactId}/${Buffer.from(md5, "base64").toString("hex")}`;
}
