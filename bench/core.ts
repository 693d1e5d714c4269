// The codec, the fold and the forwarder on their own, without a disk or a network.
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import {
  type Backend,
  createDecoder,
  createEncoder,
  forward,
  memoryDeliveries,
  memoryJournal,
  type Recorded,
} from "@runferry/core";
import { alternate, tell } from "./measure.ts";

// In a process of its own, in plain JavaScript: memory of this bench and of its compiler must not count.
const program = join(import.meta.dirname, "fold-memory.mjs");
const folded: { events: number; seconds: number; residentBytes: number } = JSON.parse(
  execFileSync(process.execPath, [program], { encoding: "utf8" }),
);
tell("core: fold of ten million events, every point kept", [
  {
    what: "fold",
    "events/s": folded.events / folded.seconds,
    "resident MB": folded.residentBytes / 1e6,
    target: "under 200",
  },
]);

const count = 200_000;

function eventAt(seq: number): Recorded {
  return {
    seq,
    at: 1_732_181_400_000 + seq * 1.25,
    kind: "metrics.logged",
    step: seq,
    values: { loss: 1 / seq, accuracy: 1 - 1 / seq, "val/auc": Math.sin(seq), lr: 0.001 },
  };
}

const events = Array.from({ length: count }, (_, i) => eventAt(i + 1));

function encode(): number {
  const line = createEncoder();
  let bytes = 0;
  for (const event of events) bytes += line(event).length;
  if (bytes === 0) throw new Error("nothing was encoded");
  return count;
}

const encoded = (() => {
  const line = createEncoder();
  return Buffer.concat(events.map((event) => Buffer.from(line(event))));
})();

function decode(): number {
  const decoder = createDecoder();
  let decoded = 0;
  for (let at = 0; at < encoded.length; at += 65_536) decoded += decoder.push(encoded.subarray(at, at + 65_536)).length;
  if (decoded !== count) throw new Error(`${decoded} of ${count} events were decoded`);
  return decoded;
}

const journal = memoryJournal("01jd7h8x5n0000000000000000");
const writer = journal.writer();
for (const { seq: _seq, at, ...event } of events) writer.append(event, at);

/** A destination that takes everything and holds nothing. */
function nullBackend(): Backend {
  return {
    kind: "null",
    address: "nowhere",
    mapping: 1,
    filesLane: false,
    keeps: (view) => view,
    write: async (batch, { cursor }) => ({ status: "accepted", cursor: { ...cursor, through: batch.at(-1)!.seq } }),
    close: async () => undefined,
  };
}

async function deliver(): Promise<number> {
  const { state } = await forward({ journal, backend: nullBackend(), deliveries: memoryDeliveries() });
  if (state !== "delivered") throw new Error(`the delivery is ${state}`);
  return count;
}

const rates = await alternate("events/s", [
  { name: "encode, 4 values an event", run: encode },
  { name: "decode and check, 4 values an event", run: decode },
  { name: "forward to a null backend", run: deliver },
]);
const targets = [500_000, 500_000, 300_000];
tell(
  "core: median of 5 rounds, alternating",
  rates.map(({ name, perSecond }, i) => ({ what: name, "events/s": perSecond, target: targets[i]! })),
);
