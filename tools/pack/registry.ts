// A registry of one's own, on this machine, for as long as a rehearsal takes.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { npm, orThrow } from "./pack.ts";

export interface Registry {
  /** What makes npm ask this registry, and publish there. */
  readonly environment: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/** Installs verdaccio into a folder and starts it. Packages that are not ours come from the registry that npm asks else. */
export async function startRegistry(folder: string): Promise<Registry> {
  mkdirSync(folder, { recursive: true });
  // A registry may not know the tag by which one of its packages is asked for.
  const manifest = { name: "registry", private: true, overrides: { "node-fetch": "2.7.0" } };
  writeFileSync(join(folder, "package.json"), JSON.stringify(manifest));
  orThrow(await npm(["install", "--no-audit", "--no-fund", "verdaccio@6.10.4"], folder));
  const url = orThrow(await npm(["config", "get", "registry"], folder))
    .trim()
    .split("\n")
    .at(-1);
  const ours = { access: "$all", publish: "$all" };
  const configuration = {
    storage: join(folder, "storage"),
    auth: { htpasswd: { file: join(folder, "users") } },
    uplinks: { other: { url } },
    packages: { runferry: ours, "@runferry/*": ours, "**": { access: "$all", proxy: "other" } },
    log: { type: "stdout", level: "warn" },
  };
  writeFileSync(join(folder, "config.yaml"), JSON.stringify(configuration)); // JSON is YAML
  const address = `127.0.0.1:${await freePort()}`;
  const program = join(folder, "node_modules/verdaccio/bin/verdaccio");
  const child = spawn(process.execPath, [program, "--config", join(folder, "config.yaml"), "--listen", address], {
    stdio: "ignore",
  });
  const ended = once(child, "exit");
  const userconfig = join(folder, "npmrc");
  writeFileSync(userconfig, `registry=http://${address}/\n//${address}/:_authToken=anyone\n`);
  for (let tries = 0; !(await answers(address)); tries++) {
    if (child.exitCode !== null || tries === 600) throw new Error(`verdaccio did not start: ${program} at ${address}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return {
    environment: { npm_config_userconfig: userconfig, npm_config_registry: `http://${address}/` },
    async stop() {
      child.kill();
      await ended;
    },
  };
}

async function answers(address: string): Promise<boolean> {
  return fetch(`http://${address}/-/ping`).then(
    ({ ok }) => ok,
    () => false,
  );
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address !== null ? address.port : 0;
}
