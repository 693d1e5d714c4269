// A real server for the tests of other packages, as a program: `node serve.ts <python> [<store> <artifacts>]` tells on its
// first line where it is, takes everything out of it at each line of its input, and stops when that ends. The store is an
// address as MLflow takes it.
import { createInterface } from "node:readline";
import { type ServerOptions, startMlflow } from "./server.ts";
import { sqliteStorage } from "./sqlite-storage.ts";

const [python, uri, artifacts] = process.argv.slice(2);
const options: ServerOptions =
  uri === undefined
    ? {}
    : {
        storage: { ...sqliteStorage(), database: uri, artifacts: artifacts! },
        env: { MLFLOW_ALLOW_FILE_STORE: "true" },
      };
const server = await startMlflow(python!, options);
console.log(JSON.stringify({ url: server.url, folder: server.folder }));
const lines = createInterface({ input: process.stdin });
lines.on("line", () => server.empty().then(() => console.log("empty")));
lines.once("close", () => server.stop());
