// `npm start`: builds, then shows a migration at work.
import { build } from "./build.ts";
import { repository } from "./bundled-node.mjs";
import { demonstrate } from "./demonstrate.ts";

const ok = (await build()) && (await demonstrate(repository));
process.exitCode = ok ? 0 : 1;
