// `node bench/wandb/upload.mjs <store> <url> <key>`: the run of a store is delivered to a W&B server. Prints the most
// memory that was in use.
import { forward, memoryDeliveries } from "@runferry/core";
import { openStore } from "@runferry/local";
import { wandb } from "../../packages/wandb/dist/index.js";
import { mostMemory } from "../../tools/most-memory.mjs";

const [dir = "", baseUrl = "", apiKey = ""] = process.argv.slice(2);
const backend = wandb({ baseUrl, apiKey, env: {}, folder: dir });
const store = openStore(dir);
const { journal } = store.run(store.ids()[0] ?? "");
const result = await forward({ journal, backend, deliveries: memoryDeliveries() });
await backend.close();
if (result.state !== "delivered") throw new Error(`the run is ${result.state}: ${result.cause}`);
console.log(JSON.stringify({ mib: mostMemory() / 1024 ** 2 }));
