import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { canonicalJson, fold, isJsonList, isJsonObject, isSpelled, type Json, mapJsonObject } from "@runferry/core";
import { hostileRuns } from "@runferry/testkit";
import { startWandbServer } from "@runferry/testkit/wandb-server";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { peer } from "../../../../tools/peers/peer.ts";
import { filePath, parseExtendedConfig } from "../../src/mapping/index.ts";
import { deliver, left, project } from "./deliver.ts";
import { type Inspector, startInspector } from "./inspector.ts";

vi.setConfig({ testTimeout: 300_000, hookTimeout: 60_000 });

const wandbPeer = peer("wandb");

describe.skipIf("missing" in wandbPeer && !process.env.CI)("W&B's own Python API", async () => {
  const python = "python" in wandbPeer ? wandbPeer.python : "";
  const server = await startWandbServer();
  const home = mkdtempSync(join(tmpdir(), "runferry-wandb-api-"));
  let inspector: Inspector;
  beforeAll(() => {
    inspector = startInspector(python, server, home);
  });
  afterAll(async () => {
    inspector.stop();
    await server.close();
    rmSync(home, { recursive: true, force: true });
  });

  const runs = (await hostileRuns(1, { names: 200, largestFile: 100_000 })).map((run) => [run.name, run] as const);
  test.for(runs)("reads the run %s as it was sent", async ([, { journal }]) => {
    expect((await deliver(server, journal)).state).toBe("delivered");
    const view = await fold(journal, { mask: true });
    const held = await left(server, journal.run);
    const seen = await inspector.inspect(`${server.entity}/${project}/${journal.run}`);

    const config = parseExtendedConfig(held.config) as { readonly [key: string]: { readonly value: Json } };
    const params = Object.entries(config).filter(([key]) => key !== "_wandb" && key !== "wandb_version");
    expect(text(seen.config)).toBe(text(Object.fromEntries(params.map(([key, { value }]) => [key, value]))));
    expect(params).toHaveLength(view.params.size + 2);
    expect(seen.rows.map(text)).toEqual(held.history.map((line) => text(parseExtendedConfig(line!))));
    expect(text(seen.summary)).toBe(text(parseExtendedConfig(held.summary)));
    expect([...seen.tags].sort()).toEqual([...held.tags].sort());
    expect([seen.state, seen.name, seen.group]).toEqual([held.state, held.displayName, held.group]);
    for (const [path, { file, reference }] of view.artifacts) {
      if (reference === undefined) expect([path, seen.files[filePath(path)]]).toEqual([path, file.sha256]);
    }
    const models = Object.values(seen.artifacts).filter(({ type }) => type === "model");
    expect(models).toHaveLength(view.models.length);
    for (const { files } of models) expect(Object.keys(files)).toContain("model.json");
    const datasets = new Set(view.datasets.map(({ at: _at, ...dataset }) => canonicalJson(dataset as never)));
    expect(seen.used).toHaveLength(datasets.size);
  });
});

/** As text that is equal where a Python program sees the same: that API gives 0 for -0. */
function text(value: Json): string {
  return canonicalJson(seenFromPython(value));
}

function seenFromPython(value: Json): Json {
  if (isSpelled(value) && /^-?\d+$/.test(value.rawJSON)) return value;
  if (isSpelled(value) || typeof value === "number") return Number(isSpelled(value) ? value.rawJSON : value) || 0;
  if (isJsonList(value)) return value.map(seenFromPython);
  return isJsonObject(value) ? mapJsonObject(value, seenFromPython) : value;
}
