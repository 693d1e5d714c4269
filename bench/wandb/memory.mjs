// `node bench/wandb/memory.mjs <rows>`: writes one run and prints its rate and the most memory that was in use.
import { writeOurs } from "./offline.ts";

const { rate, bytes } = await writeOurs(Number(process.argv[2]));
console.log(JSON.stringify({ rate, bytes, mib: process.resourceUsage().maxRSS / 1024 }));
