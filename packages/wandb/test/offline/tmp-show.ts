import { wandbOfflineSource } from "../../src/index.ts";
for await (const j of wandbOfflineSource(process.argv[2]!, { followLinks: process.argv[3] === "1" }).runs())
  for await (const s of j.streams()) for await (const b of s.read()) for (const e of b) console.log(JSON.stringify(e).slice(0, 260));
