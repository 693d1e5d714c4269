// Delivers pictures of a given size in one batch, reads them back, and tells the most memory each took. Their bytes are
// made as they are asked for, so that all memory is the package's own.
import { createHash } from "node:crypto";
import { type FileRef, forward, type Journal, memoryDeliveries, memoryJournal } from "@runferry/core";
import { mostMemory } from "../../../tools/most-memory.mjs";
import { tensorboard, tensorboardSource } from "../dist/index.js";

const [logdir = "", count = "1", size = "1"] = process.argv.slice(2);
const chunk = Buffer.alloc(64 * 1024, "runferry");

function* bytesFrom(length: number): Generator<Uint8Array> {
  for (let left = length; left > 0; left -= chunk.length) yield chunk.subarray(0, Math.min(left, chunk.length));
}

/** Above 1 GiB a made-up digest will do: nobody may ask for the bytes. */
function digestOf(length: number): string {
  if (length > 2 ** 30) return "0".repeat(64);
  const hash = createHash("sha256");
  for (const piece of bytesFrom(length)) hash.update(piece);
  return hash.digest("hex");
}

const id = "01jd5x8f2v0000000000000000";
const memory = memoryJournal(id);
const main = memory.writer();
main.append({ kind: "run.started", format: 1, id, name: "large", experiment: "e", createdAt: 1_732_181_400_000 });
for (let step = 0; step < Number(count); step++) {
  const file = { path: `media/${step}.png`, sha256: digestOf(Number(size) + step), bytes: Number(size) + step };
  main.append({ kind: "media.logged", name: "large", step, media: { type: "image", file } });
}
main.append({ kind: "run.ended", status: "finished" });

let opened = 0;
async function* open(file: FileRef) {
  opened++;
  yield* bytesFrom(file.bytes);
}
const journal: Journal = { run: id, streams: (options) => memory.streams(options), open };
const { state, delivery } = await forward({
  journal,
  backend: tensorboard({ logdir }),
  deliveries: memoryDeliveries(),
});
const writingBytes = mostMemory();

let same = 0;
for await (const run of tensorboardSource(logdir).runs()) {
  for await (const stream of run.streams()) {
    for await (const events of stream.read()) {
      for (const event of events) {
        if (event.kind !== "media.logged" || event.media.type !== "image") continue;
        const hash = createHash("sha256");
        for await (const piece of run.open(event.media.file)) hash.update(piece);
        if (hash.digest("hex") === digestOf(Number(size) + event.step!)) same++;
      }
    }
  }
}
const differences = delivery.streams.main!.differences;
const readingBytes = mostMemory();
console.log(JSON.stringify({ state, opened, same, differences, writingBytes, readingBytes }));
