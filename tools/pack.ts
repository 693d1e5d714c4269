// `npm run pack-check [-- <folder>]`: packs every package as npm would publish it, and looks at what is in it. Publishes
// nothing. What is sound is put into the folder, where one is named.
import { cpSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { build } from "./build.ts";
import { packAll } from "./pack/pack.ts";
import { packFaults } from "./pack/pack-faults.ts";

const [kept] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), "runferry-pack-"));
try {
  const packages = (await build()) ? await packAll(folder) : [];
  const faults = await packFaults(packages);
  for (const { manifest, tarball } of packages) {
    const kilobytes = Math.round(statSync(tarball).size / 1000);
    console.log(`${manifest.name}@${manifest.version}  ${kilobytes} kB`);
  }
  for (const fault of faults) console.error(`runferry: ${fault}`);
  if (kept !== undefined && faults.length === 0) {
    for (const { tarball } of packages) cpSync(tarball, join(resolve(kept), basename(tarball)));
  }
  process.exitCode = faults.length === 0 && packages.length > 0 ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
