// Waits for its standard input to end, then tries to write to a run, and prints how that went.
import { openStore } from "@runferry/local";

const [folder = "", id = ""] = process.argv.slice(2);
process.stdout.write("ready\n");
process.stdin.resume().on("end", () => {
  try {
    const writer = openStore(folder).run(id).writer();
    writer.append({ kind: "metrics.logged", values: { pid: process.pid } });
    process.stdout.write("wrote\n");
    setTimeout(() => writer.closeNow(), 1500);
  } catch (cause) {
    process.stdout.write(`${(cause as { readonly code?: string }).code}\n`);
  }
});
