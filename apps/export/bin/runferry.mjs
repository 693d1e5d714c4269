#!/usr/bin/env node
// Starts the command on a Node that can run it: this one, or the Node 22 of a package beside this one. Runs on Node 18
// and later.
import { spawn } from "node:child_process";
import { closeSync, existsSync, openSync } from "node:fs";
import { createRequire } from "node:module";
import { constants } from "node:os";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
const isRecent = major > 22 || (major === 22 && minor >= 20);

/** @returns {string | undefined} the program of an installed package that holds Node */
function installedNode() {
  const require = createRequire(import.meta.url);
  const system = process.platform === "win32" ? "win" : process.platform;
  for (const name of [`node-${system}-${process.arch}`, `node-bin-${system}-${process.arch}`]) {
    for (const folder of require.resolve.paths(name) ?? []) {
      const program = join(folder, name, "bin", system === "win" ? "node.exe" : "node");
      if (existsSync(program)) return program;
    }
  }
  return undefined;
}

async function start() {
  if (isRecent) {
    // Garbage is collected once it is a fifth of what is in use. V8 would let it become three times as much, and a command
    // that goes through fifty thousand runs beside a training is to stay small.
    setFlagsFromString("--heap-growing-percent=20");
    const { main } = await import("../dist/main.js");
    await main(process.argv.slice(2));
    return;
  }
  const node = process.env.RUNFERRY_RELAUNCHED === undefined ? installedNode() : undefined;
  if (node === undefined) {
    console.error(`runferry needs Node 22.20 or later, and ${process.execPath} is ${process.versions.node}`);
    console.error("  what to do: install a newer Node (https://nodejs.org) and run the same command");
    process.exitCode = 1;
    return;
  }
  const env = { ...process.env, RUNFERRY_RELAUNCHED: "1" };
  process.exitCode = await endOf(spawn(node, process.argv.slice(1), { stdio: "inherit", env }));
}

/**
 * Stays until the other Node has ended, and hands on what is to end it: else the prompt would be back, and the work go on
 * unseen. Ctrl-C reaches both, and a second one would not let it tidy up.
 *
 * @param {import("node:child_process").ChildProcess} child
 * @returns {Promise<number>}
 */
function endOf(child) {
  process.on("SIGINT", () => hasTerminal() || child.kill("SIGINT"));
  for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  return new Promise((ended, failed) => {
    child.once("error", failed);
    child.once("exit", (code, signal) => ended(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
  });
}

function hasTerminal() {
  try {
    closeSync(openSync("/dev/tty", "r"));
    return true;
  } catch {
    return false;
  }
}

start().catch((cause) => {
  console.error(cause);
  process.exitCode = 1;
});
