// A real server for the tests of other packages, over a store that they have, as a program: `node serve.ts <python>
// <store> <artifacts>` tells on its first line where it is, and stops when its input ends. The store is an address as
// MLflow takes it.
import { startMlflow } from "./server.ts";
import { sqliteStorage } from "./sqlite-storage.ts";

const [python, database, artifacts] = process.argv.slice(2);
const server = await startMlflow(python!, {
  storage: { ...sqliteStorage(), database: database!, artifacts: artifacts! },
  env: { MLFLOW_ALLOW_FILE_STORE: "true" },
});
console.log(JSON.stringify({ url: server.url }));
process.stdin.resume().once("end", () => server.stop());
