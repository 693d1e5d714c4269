// Delivers a run slowly, with its deliveries in a file, so that a test can kill it anywhere and start it again.
import { forward } from "@runferry/core";
import { deliveriesInFile } from "@runferry/testkit";
import { mlflow } from "../dist/index.js";
import { killedRun } from "./killed-run.ts";

const [uri = "", saved = ""] = process.argv.slice(2);
const backend = mlflow({ uri, env: {} });
const result = await forward({
  journal: await killedRun(),
  backend,
  batch: { events: 3 },
  saveEveryMs: 20,
  onProgress: ({ type }) => type === "accepted" && process.stdout.write("."), // so that a test knows how far it is
  deliveries: deliveriesInFile(saved),
});
await backend.close();
process.exitCode = result.state === "delivered" ? 0 : 3;
