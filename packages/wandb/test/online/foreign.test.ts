import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { bytesOf, fold, type Journal, type RunView } from "@runferry/core";
import { startWandbServer } from "@runferry/testkit/wandb-server";
import { expect, test } from "vitest";
import { needPeer } from "../../../../tools/peers/peer.ts";
import { wandbOfflineSource, wandbSource } from "../../src/index.ts";
import { pythonEnvironment, wandbSync } from "../offline/sync-cli.ts";
import { optionsFor } from "./subject.ts";

test("a run of the SDK is read from the server as from its folder", { timeout: 180_000 }, async (context) => {
  const { python } = needPeer(context, "wandb");
  const server = await startWandbServer({ teams: ["someone"] });
  const dir = mkdtempSync(join(tmpdir(), "runferry-wandb-foreign-"));
  const program = join(import.meta.dirname, "../python/offline.py");
  await promisify(execFile)(python, [program, dir], { env: pythonEnvironment(dir) });
  const here = await fold(await only(wandbOfflineSource(dir, { followLinks: true }).runs()));
  const synced = await wandbSync(python, server, dir);
  expect([synced.code, synced.output]).toEqual([0, expect.anything()]);
  const remote = await only(wandbSource({ ...optionsFor(server), entity: "someone" }).runs());
  const there = await fold(remote);

  expect(there.started).toMatchObject({
    name: "everything",
    experiment: "proj",
    group: "group",
    description: "a note",
  });
  expect([there.ended?.status, here.ended?.status]).toEqual(["failed", "failed"]);
  expect(Object.fromEntries(there.params)).toEqual(Object.fromEntries(here.params));
  expect([...there.tags]).toEqual([...here.tags]);
  expect(pointsOf(there)).toEqual(pointsOf(here));
  expect(definitionsOf(there)).toEqual(definitionsOf(here));
  const media = (view: RunView) => view.media.map(({ at: _at, ...event }) => event);
  expect(media(there)).toEqual(media(here));
  expect(media(there).map((event) => event.media.type)).toContain("image");
  expect(there.console.map(({ text }) => text)).toEqual(here.console.map(({ text }) => text));
  const bytes = await bytesOf(remote.open(there.artifacts.get("weights/deep/er.txt")!.file));
  expect(new TextDecoder().decode(bytes)).toBe("deeper");
  const hashes = (view: RunView) =>
    [...view.artifacts]
      .filter(([path]) => /^(?:weights|notes)/.test(path))
      .map(([path, one]) => [path, one.file.sha256]);
  expect(hashes(there).sort()).toEqual(hashes(here).sort());
  await server.close();
  rmSync(dir, { recursive: true, force: true });
});

async function only(runs: AsyncIterable<Journal>): Promise<Journal> {
  const all: Journal[] = [];
  for await (const journal of runs) all.push(journal);
  expect(all).toHaveLength(1);
  return all[0]!;
}

function pointsOf(view: RunView) {
  const values = [...view.metrics].map(([name, { series }]) => {
    return [name, [...series.points()].map(({ step, value }) => `${step}: ${value}`)] as const;
  });
  return Object.fromEntries(values.filter(([name]) => !name.startsWith("system.")));
}

function definitionsOf(view: RunView) {
  return Object.fromEntries(
    [...view.metrics].map(([name, { definition }]) => [name, definition]).filter(([, one]) => one),
  );
}
