import { createLogReader } from "../../src/offline/log-reader.ts";
import { createLogWriter } from "../../src/offline/log-writer.ts";

export interface Damage {
  readonly reason: string;
  readonly offset: number;
  readonly length: number;
}

/** The bytes of a .wandb file with these records. */
export function logFile(records: readonly Uint8Array[]): Uint8Array {
  const writer = createLogWriter(0, 16);
  for (const record of records) writer.add(record);
  return writer.take().slice();
}

/** Everything in a .wandb file, given in pieces of some size. */
export function readLog(bytes: Uint8Array, pieceBytes: number = bytes.length) {
  const records: Uint8Array[] = [];
  const damages: Damage[] = [];
  const reader = createLogReader({
    record: (data) => records.push(data.slice()),
    damage: (reason, offset, length) => damages.push({ reason, offset, length }),
  });
  for (let at = 0; at < bytes.length; at += pieceBytes) reader.push(bytes.subarray(at, at + pieceBytes));
  reader.end();
  return { records, damages };
}
