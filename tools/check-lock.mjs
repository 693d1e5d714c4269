// Guards package-lock.json. A registry can hold a package without all of its platform binaries; npm then writes a lock
// that installs here and fails, or silently lacks a program, on another platform.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** @param {string} location */
const nameOf = (location) => location.slice(location.lastIndexOf("node_modules/") + "node_modules/".length);

/**
 * @typedef {object} LockEntry
 * @property {Readonly<Record<string, string>>} [optionalDependencies]
 * @property {string} [resolved]
 * @property {string} [integrity]
 * @property {boolean} [link]
 */

/**
 * The faults of a parsed package-lock.json, one sentence each; none when it is complete and names no registry.
 * @param {{ readonly packages?: Readonly<Record<string, object>> }} lock
 * @returns {readonly string[]}
 */
export function lockFaults(lock) {
  /** @type {string[]} */
  const faults = [];
  const entries = Object.entries(/** @type {Record<string, LockEntry>} */ (lock.packages ?? {}));
  const installed = new Set(entries.filter(([location]) => location !== "").map(([location]) => nameOf(location)));
  for (const [location, entry] of entries) {
    for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
      if (!installed.has(name)) {
        const owner = location === "" ? "the root package.json" : nameOf(location);
        faults.push(
          `${owner} names the optional package ${name} ${version}, which the lock lacks. ` +
            `Pin ${owner} to its newest version whose platform packages are all published, then run: npm run relock`,
        );
      }
    }
    if (/^[a-z+]+:/i.test(entry.resolved ?? "")) {
      faults.push(
        `${location} has a "resolved" address, which ties the lock to one registry. ` +
          `Keep omit-lockfile-registry-resolved=true in .npmrc, delete package-lock.json and run: npm run relock`,
      );
    }
    if (location.includes("node_modules/") && entry.link !== true && entry.integrity === undefined) {
      faults.push(`${location} has no integrity hash. Delete package-lock.json and run: npm run relock`);
    }
  }
  return faults;
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const file = new URL("../package-lock.json", import.meta.url);
  const faults = lockFaults(JSON.parse(readFileSync(file, "utf8")));
  for (const fault of faults) console.error(`package-lock.json: ${fault}`);
  if (faults.length > 0) process.exit(1);
}
