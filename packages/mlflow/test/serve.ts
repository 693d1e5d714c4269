// A real server for the tests of other packages, as a program: `node serve.ts <python> [<store> <artifacts>]` tells on its
// first line where it is, and stops when its input ends. The store is an address as MLflow takes it.
import { startMlflow } from "./server.ts";

const [python, uri, artifacts] = process.argv.slice(2);
const server = await startMlflow(python!, uri === undefined ? undefined : { uri, artifacts: artifacts! });
console.log(JSON.stringify({ url: server.url, folder: server.folder }));
process.stdin.resume().once("end", () => server.stop());
