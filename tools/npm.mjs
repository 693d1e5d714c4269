// Runs npm itself on Node 22.20 or later: on an older Node it silently leaves out platform packages that ask for a
// newer one. Runs on Node 18 and later, without packages.
import { spawn } from "node:child_process";
import { basename } from "node:path";
import { isNodeRecent, nodePackage, repository } from "./bundled-node.mjs";

const networkFault = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|network request|socket hang up/;

/**
 * The program that is npm, and its first words.
 * @returns {readonly [string, ...string[]]}
 */
export function npmProgram() {
  const script = process.env.npm_execpath;
  // Another package manager may have started us; its script would not understand npm's arguments.
  return script !== undefined && basename(script) === "npm-cli.js" ? [process.execPath, script] : ["npm"];
}

/**
 * Runs `npm <words>` in the repository, showing its output. Resolves to undefined when it succeeded, else to one
 * sentence that says what failed and what to do.
 * @param {readonly string[]} words
 * @returns {Promise<string | undefined>}
 */
export function runNpm(words) {
  const npm = npmProgram();
  const node = nodePackage();
  /** @type {readonly [string, ...string[]]} */
  let command = [...npm, ...words];
  if (!isNodeRecent()) {
    if (node === undefined) {
      return Promise.resolve(
        `Node ${process.versions.node} is too old, and no Node 22 package is listed for ${process.platform}-${process.arch}. ` +
          "Install Node 22.20 or later and try again.",
      );
    }
    const script = npm[1];
    const inner = script === undefined ? ["npm", ...words] : ["node", script, ...words];
    command = [...npm, "exec", "--yes", `--package=${node}`, "--", ...inner];
  }
  const [program, ...rest] = command;
  return new Promise((resolve) => {
    const child = spawn(program, rest, {
      cwd: repository,
      stdio: ["ignore", "inherit", "pipe"],
      shell: process.platform === "win32" && program === "npm",
    });
    let complaint = "";
    child.stderr.on("data", (chunk) => {
      process.stderr.write(chunk);
      complaint = (complaint + chunk).slice(-65536);
    });
    child.on("error", (error) => resolve(`npm could not be started (${error.message}). Is npm on the PATH?`));
    child.on("close", (code) => resolve(code === 0 ? undefined : explain(words.join(" "), complaint)));
  });
}

/**
 * @param {string} words
 * @param {string} complaint
 */
function explain(words, complaint) {
  if (networkFault.test(complaint)) {
    return (
      `\`npm ${words}\` cannot reach the npm registry. ` +
      "Check the network, the proxy and `npm config get registry`, then run the same command again."
    );
  }
  if (complaint.includes("EUSAGE")) {
    return "package.json and package-lock.json do not agree. Run `npm run relock`, look at the change, and commit it.";
  }
  return `\`npm ${words}\` failed; npm's own message is above. After a change, run the same command again.`;
}
