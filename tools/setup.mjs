// `node tools/setup.mjs` installs the locked packages unless they are in place already.
// `node tools/setup.mjs <task> …` then runs tools/<task>.ts on the Node 22 that is among them. npm scripts go through
// here rather than `setup && task`, as a shell may remember the first `node` it found and run the task on that.
// Runs on Node 18 and later, without packages.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { delimiter, join } from "node:path";
import { bundledNode, nodePackage, programs, repository } from "./bundled-node.mjs";
import { runNpm } from "./npm.mjs";

/** @type {readonly NodeJS.Signals[]} */
const signals = ["SIGINT", "SIGTERM", "SIGHUP"];

const stamp = join(repository, "node_modules", ".setup-stamp");

function wanted() {
  const lock = readFileSync(join(repository, "package-lock.json"));
  // Not the Node that runs this: that is the machine's the first time, and the bundled one from then on.
  const node = nodePackage() ?? process.versions.node;
  return createHash("sha256").update(lock).update(node).digest("hex");
}

function isInstalled() {
  return existsSync(stamp) && readFileSync(stamp, "utf8") === wanted() && bundledNode() !== undefined;
}

/** @returns {Promise<string | undefined>} what failed and what to do */
async function install() {
  console.error("runferry: installing packages (first run, or package-lock.json has changed)");
  const failure = await runNpm(["ci"]);
  if (failure !== undefined) return failure;
  if (bundledNode() === undefined) {
    return (
      "packages are installed, but none holds Node 22 for this platform. " +
      "Were optional packages left out? Check `npm config get omit`, or install Node 22.20 or later."
    );
  }
  // Written last: an interrupted installation has no stamp, and the next run repeats it. `npm ci` removes an old one.
  writeFileSync(stamp, wanted());
  return undefined;
}

/**
 * @param {string} task
 * @param {readonly string[]} words
 */
function runTask(task, words) {
  const node = /** @type {string} */ (bundledNode());
  const child = spawn(node, [join(repository, "tools", `${task}.ts`), ...words], {
    cwd: repository,
    stdio: "inherit",
    env: {
      ...process.env,
      PATH: `${programs}${delimiter}${process.env.PATH ?? ""}`,
      TURBO_TELEMETRY_DISABLED: "1",
      TURBO_NO_UPDATE_NOTIFIER: "1",
    },
  });
  // The terminal sends these to the task as well; we stay until it has ended, to pass its exit code on.
  for (const signal of signals) process.on(signal, () => child.kill(signal));
  child.on("close", (code, signal) => {
    process.exitCode = code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
  });
}

const failure = isInstalled() ? undefined : await install();
if (failure === undefined) {
  const [task, ...words] = process.argv.slice(2);
  if (task !== undefined) runTask(task, words);
} else {
  console.error(`runferry: setup stopped: ${failure}`);
  process.exitCode = 1;
}
