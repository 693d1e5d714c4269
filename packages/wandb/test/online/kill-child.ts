// Delivers a run slowly, with its deliveries in a file, so that a test can kill it anywhere and start it again.
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { type Delivery, forward, type Json, parseJson, stringifyJson } from "@runferry/core";
import { wandb } from "../../dist/index.js";
import { killedRun } from "./killed-run.ts";

const [baseUrl = "", apiKey = "", saved = "", now = "0"] = process.argv.slice(2);
const env = { HOME: "/nonexistent" };
const backend = wandb({ baseUrl, apiKey, project: "p", env, folder: "/nonexistent", now: () => Number(now) });
const result = await forward({
  journal: await killedRun(),
  backend,
  batch: { events: 3 },
  saveEveryMs: 20,
  onProgress: ({ type }) => type === "accepted" && process.stdout.write("."), // so that a test knows how far it is
  deliveries: {
    load: async () => (existsSync(saved) ? (parseJson(readFileSync(saved, "utf8")) as unknown as Delivery) : undefined),
    async save(_run, delivery) {
      writeFileSync(`${saved}.new`, stringifyJson(delivery as unknown as Json));
      renameSync(`${saved}.new`, saved);
    },
  },
});
await backend.close();
process.exitCode = result.state === "delivered" ? 0 : 3;
