// A real server for the tests of other packages, as a program: `node serve.ts <python>` tells on its first line where it
// is, and stops when its input ends.
import { startMlflow } from "./server.ts";

const server = await startMlflow(process.argv[2]!);
console.log(JSON.stringify({ url: server.url, folder: server.folder }));
process.stdin.resume().once("end", () => server.stop());
