import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Json, type JsonObject, mapJsonObject, memoryJournal, stringifyJson } from "@runferry/core";
import { acceptedDifferences, compareLeft, startWandbServer } from "@runferry/testkit/wandb-server";
import { expect, test } from "vitest";
import { needPeer } from "../../../../tools/peers/peer.ts";
import { parseExtendedConfig } from "../../src/mapping/index.ts";
import { pythonEnvironment } from "../offline/sync-cli.ts";
import { deliver, left, project } from "./deliver.ts";

// A picture of one red point.
const png = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC",
  "base64",
);

const alsoAccepted: { readonly [path: string]: string } = {
  "generated.output.log": "the lines are streamed, and not sent again as a file",
  "origin.program": "the programs are two",
};

test("the SDK leaves behind what we leave behind for the same run", { timeout: 120_000 }, async (context) => {
  const { python } = needPeer(context, "wandb");
  const server = await startWandbServer();
  const folder = mkdtempSync(join(tmpdir(), "runferry-wandb-same-"));
  writeFileSync(join(folder, "red.png"), png);
  writeFileSync(join(folder, "notes.txt"), "some notes\n");

  const journal = memoryJournal("01jd5x8f2v0000000000000001");
  const main = journal.writer();
  const about = { name: "same", experiment: "e", description: "a note", group: "group", host: "node1" };
  main.append({ kind: "run.started", format: 1, id: journal.run, createdAt: 1_795_000_000_000, ...about });
  main.append({ kind: "params.set", values: { lr: 0.1, nested: { layers: [1, "x"] }, big: 2 ** 40 } });
  main.append({ kind: "tags.set", values: { one: "", two: "" } });
  main.append({ kind: "metric.defined", name: "loss", stepMetric: "epoch", goal: "min" });
  const rows = [0, 1, 2, 3, 4].map((step) => ({ step, values: { loss: 1 / (step + 1), epoch: step / 2 } }));
  for (const row of rows) main.append({ kind: "metrics.logged", ...row });
  const histogram = { edges: [0, 0.5, 1, 1.5], counts: [1, 2, 1] };
  main.append({ kind: "media.logged", name: "weights", step: 5, media: { type: "histogram", ...histogram } });
  main.append({ kind: "media.logged", name: "words", step: 6, media: { type: "text", text: "zwei\nZeilen ü" } });
  const file = await journal.putFile("red.png", png);
  const image = { type: "image", file, caption: "red", width: 1, height: 1 } as const;
  main.append({ kind: "media.logged", name: "sample", step: 7, media: image });
  main.append({ kind: "console.logged", from: "stdout", text: "a line of the console\n" });
  const notes = await journal.putFile("notes.txt", Buffer.from("some notes\n"));
  main.append({ kind: "artifact.logged", file: notes });
  main.append({ kind: "run.ended", status: "failed", exitCode: 3 });
  await main.close();
  expect((await deliver(server, journal)).state).toBe("delivered");
  const ours = await left(server, journal.run);

  const { _wandb: _own, ...config } = parseExtendedConfig(ours.config) as JsonObject;
  const given = mapJsonObject(config, (wrapped) => (wrapped as { readonly value: Json }).value);
  const told = {
    project,
    id: "theirs",
    name: about.name,
    notes: about.description,
    group: about.group,
    host: about.host,
    tags: ["one", "two"],
    config: JSON.parse(stringifyJson(given).replaceAll(journal.run, "theirs")) as JsonObject,

    rows,
    histogram: [histogram.counts, histogram.edges],
    text: "zwei\nZeilen ü",
    image: join(folder, "red.png"),
    file: join(folder, "notes.txt"),
    folder,
    exit_code: 3,
  };
  const child = spawn(python, [join(import.meta.dirname, "python/same_run.py")], {
    cwd: folder,
    env: {
      ...pythonEnvironment(folder),
      WANDB_BASE_URL: server.url,
      WANDB_API_KEY: server.apiKey,
      WANDB_SILENT: "true",
    },
    stdio: ["pipe", "ignore", "inherit"],
  });
  child.stdin.end(stringifyJson(told as unknown as JsonObject));
  await once(child, "close");
  const theirs = await left(server, "theirs");
  const accepted = { ...acceptedDifferences, ...alsoAccepted };
  expect(compareLeft(ours, theirs).filter((path) => !(path in accepted))).toEqual([]);
  expect(theirs.history).toHaveLength(8);
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});
