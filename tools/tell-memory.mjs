// `--import` it: at its end a process tells, in KiB and to its file 3, the most memory that it had.
import { writeSync } from "node:fs";
import { mostMemory } from "./most-memory.mjs";

process.on("exit", () => writeSync(3, String(mostMemory() / 1024)));
