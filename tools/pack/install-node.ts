import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { nodePackageName } from "../bundled-node.mjs";
import { npm, orThrow } from "./pack.ts";

/** Installs a Node for this platform into a folder, and gives the path of its program. */
export async function installNode(version: string, folder: string): Promise<string> {
  if (nodePackageName === undefined) throw new Error(`no package holds Node for ${process.platform}-${process.arch}`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "one-node", private: true }));
  orThrow(await npm(["install", "--no-audit", "--no-fund", `${nodePackageName}@${version}`], folder));
  const program = process.platform === "win32" ? "bin/node.exe" : "bin/node";
  return join(folder, "node_modules", nodePackageName, program);
}
