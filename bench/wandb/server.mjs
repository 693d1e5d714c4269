// `node bench/wandb/server.mjs`: the test server in a process of its own. Prints where it is; once its input closes, how
// many requests there were and how many rows of history it holds.
import { once } from "node:events";
import { startWandbServer } from "@runferry/testkit/wandb-server";

const server = await startWandbServer();
console.log(JSON.stringify({ url: server.url, apiKey: server.apiKey, entity: server.entity }));
process.stdin.resume();
await once(process.stdin, "end");
let rows = 0;
for (const path of server.runs()) {
  const [entity = "", project = "", id = ""] = path.split("/");
  const run = await server.run(entity, project, id);
  if (run?.state === "finished") rows += run.history.filter((line) => line !== undefined).length;
}
console.log(JSON.stringify({ requests: server.requestCount(), lines: server.requestCount("file_stream"), rows }));
await server.close();
