import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStore } from "@runferry/local";
import { expect } from "vitest";
import { runNode } from "../../../tools/run-program.ts";
import { mlflowClient } from "../src/index.ts";

export interface Told {
  readonly state: string;
  readonly cause?: string;
  readonly remote: string;
  readonly seconds: number;
  readonly residentBytes: number;
}

async function child(...words: readonly string[]): Promise<string> {
  const ended = await runNode(join(import.meta.dirname, "large-child.ts"), words, { quiet: true });
  expect(ended.ok, ended.output).toBe(true);
  return ended.output.trim().split("\n").at(-1)!;
}

/** Writes a run in one process and delivers it in another, which tells what it took. */
export async function deliverLarge(
  what: "file" | "points",
  amount: number,
  uri: string,
  look: (told: Told, store: string) => Promise<void>,
): Promise<void> {
  const store = mkdtempSync(join(tmpdir(), "runferry-mlflow-large-"));
  try {
    await child(what, store, String(amount));
    const told = JSON.parse(await child("deliver", store, String(amount), uri)) as Told;
    const resident = `${Math.round(told.residentBytes / 1e6)} MB`;
    console.log(
      `${amount} ${what === "file" ? "bytes" : what} in ${told.seconds.toFixed(1)} s, highest RSS ${resident}`,
    );
    expect(told.state, told.cause).toBe("delivered");
    await look(told, store);
  } finally {
    rmSync(store, { recursive: true, force: true });
  }
}

/** The file that is there has the bytes that the journal says. */
export async function expectSameBytes({ remote }: Told, store: string, uri: string): Promise<void> {
  const opened = openStore(store);
  const events = [...opened.run(opened.ids()[0]!).events()];
  const logged = events.find((event) => event.kind === "artifact.logged")!;
  const client = mlflowClient({ uri, env: {} });
  const { info } = await client.tracking.getRun(remote);
  const hash = createHash("sha256");
  for await (const part of client.artifacts.get(info.artifact_uri!, logged.file.path)) hash.update(part);
  client.close();
  expect(hash.digest("hex")).toBe(logged.file.sha256);
}
