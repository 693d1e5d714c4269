// Creates runs in an experiment and prints their ids and names.
import { openStore } from "@runferry/local";

const [folder = "", count = "1"] = process.argv.slice(2);
for (let i = 0; i < Number(count); i++) {
  const { run, started, writer } = openStore(folder).createRun({ experiment: "crowd" });
  console.log(`${run.id} ${started.name}`);
  writer.append({ kind: "run.ended", status: "finished" });
  writer.closeNow();
}
