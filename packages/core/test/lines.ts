import { createDecoder, createEncoder, createRecovery, type Decoded, type Recorded } from "@runferry/core";

/** Each event as its line, newline included. */
export function linesOf(events: readonly Recorded[]): readonly Uint8Array[] {
  const encode = createEncoder();
  return events.map((event) => encode(event).slice());
}

export function joined(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

export const encoded = (events: readonly Recorded[]): Uint8Array => joined(linesOf(events));

export function decoded(bytes: Uint8Array): readonly Decoded[] {
  return createDecoder().push(bytes);
}

/** A file read to its end, as a journal reads it. */
export function recovered(bytes: Uint8Array) {
  const recovery = createRecovery("journal/main.ndjson");
  const first = recovery.push(bytes);
  const { last, wholeBytes, tornBytes } = recovery;
  const events = [...first.events, ...recovery.end().events];
  return { events, damage: first.damage, last, wholeBytes, tornBytes };
}
