import { getOrCreate } from "./get-or-create.ts";

const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

/**
 * A run id: 26 lower-case Crockford base-32 characters, 10 of the start time and 16 of `entropy` (10 bytes, random by
 * default). Ids sort by time and are legal as a folder, an MLflow tag and a W&B run id.
 */
export function createRunId(startedAt: number, entropy: Uint8Array = randomBytes()): string {
  let time = Math.max(0, Math.floor(startedAt));
  let head = "";
  for (let i = 0; i < 10; i++) {
    head = alphabet[time % 32]! + head;
    time = Math.floor(time / 32);
  }
  let tail = "";
  let bits = 0;
  let held = 0;
  for (const byte of entropy.subarray(0, 10)) {
    held = (held << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      tail += alphabet[(held >>> bits) & 31]!;
    }
    held &= (1 << bits) - 1;
  }
  return head + tail;
}

/** The same id for the same run of another tool, wherever its files lie: never made from a path. */
export async function importedRunId(
  layout: string,
  experiment: string,
  originalId: string,
  startedAt: number,
): Promise<string> {
  return createRunId(startedAt, await sha256(JSON.stringify([layout, experiment, originalId, startedAt])));
}

/** The id of a copy of a run that is one of its own, the same each time. It sorts like the run. */
export async function copyRunId(run: string, into: string): Promise<string> {
  return run.slice(0, 10) + createRunId(0, await sha256(JSON.stringify([run, into]))).slice(10);
}

export function isRunId(text: string): boolean {
  return /^[0-9a-hjkmnp-tv-z]{26}$/.test(text);
}

/** By address: each run of thousands asks for the same few. */
const addressHashes = new Map<string, Promise<string>>();

/** What a destination is called in files and messages: its kind and 8 digits of the hash of its address. */
export async function destinationName(kind: string, address: string): Promise<string> {
  return `${kind}-${await getOrCreate(addressHashes, address, () => shortHash(address))}`;
}

async function shortHash(text: string): Promise<string> {
  const hash = await sha256(text);
  return [...hash.subarray(0, 4)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function sha256(text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
}

function randomBytes(): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(10));
}
