// Logs events, and says each seq on the pipe once `append` has returned.
import { writeSync } from "node:fs";
import { openStore } from "@runferry/local";

const [folder = "", id = ""] = process.argv.slice(2);
const store = openStore(folder);
const writer = store.has(id) ? store.run(id).writer() : store.createRun({ id, experiment: "killed" }).writer;
writeSync(1, `${writer.last.seq}\n`);
for (let step = writer.last.seq; ; step++) {
  const { seq } = writer.append({
    kind: "metrics.logged",
    step,
    values: { loss: 1 / step, lr: 0.1, acc: 0.5, aux: step },
  });
  writeSync(1, `${seq}\n`);
}
