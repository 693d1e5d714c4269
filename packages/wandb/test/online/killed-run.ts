import { type MemoryJournal, memoryJournal } from "@runferry/core";

const startedAt = 1_732_181_400_000;

/** A run with something of everything that a kill could double. */
export async function killedRun(): Promise<MemoryJournal> {
  const id = "01jd5x8f2v0000000000000000";
  const journal = memoryJournal(id);
  const main = journal.writer();
  main.append({ kind: "run.started", format: 1, id, name: "killed", experiment: "e", createdAt: startedAt }, startedAt);
  for (let i = 1; i < 200; i++) {
    const at = startedAt + i;
    main.append({ kind: "metrics.logged", step: i, values: { loss: 1 / i, odd: i % 3 ? i : Number.NaN } }, at);
    if (i % 10 === 0) main.append({ kind: "console.logged", from: "stdout", text: `step ${i}\n` }, at);
    if (i % 40 !== 0) continue;
    const file = await journal.putFile(`files/${i}.bin`, Buffer.alloc(i * 1000, i));
    main.append({ kind: "artifact.logged", file }, at);
    main.append({ kind: "params.set", values: { [`p${i}`]: i, changes: i } }, at);
    main.append({ kind: "tags.set", values: { at: `${i}`, [`t${i}`]: i === 80 ? null : "" } }, at);
    main.append({ kind: "model.logged", name: "m", path: `files/${i}.bin` }, at);
    main.append({ kind: "dataset.used", name: "d", digest: `${i}` }, at);
    main.append({ kind: "alert.raised", title: `alert ${i}`, level: "info" }, at);
    main.append({ kind: "media.logged", name: "cells", media: { type: "table", columns: ["a"], rows: [[i]] } }, at);
    main.append({ kind: "media.logged", name: "drawn", step: i, media: { type: "image", file } }, at);
  }
  main.append({ kind: "run.ended", status: "finished" }, startedAt + 300);
  await main.close();
  return journal;
}
