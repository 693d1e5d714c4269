import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isRunferryError, spelled } from "@runferry/core";
import { localBackend, localSource, openStore, type Store } from "@runferry/local";
import { expect, test } from "vitest";
import { eventsOf, temporaryFolders } from "./workshop.ts";

const temporary = temporaryFolders();

function logRun(
  store: Store,
  experiment = "ctr/model",
  status: "finished" | "failed" = "finished",
  createdAt = Date.now(),
): string {
  const { run, writer } = store.createRun({ experiment, createdAt });
  writer.append({ kind: "params.set", values: { lr: spelled("1e-05"), layers: [64, 32] } });
  writer.append({ kind: "tags.set", values: { team: "ml", gone: "x" } });
  for (const step of [1, 2, 3]) writer.append({ kind: "metrics.logged", step, values: { loss: 1 / step } });
  writer.append({ kind: "metrics.logged", values: { odd: Number.NaN } });
  writer.append({ kind: "tags.set", values: { gone: null, late: "yes" } });
  writer.append({ kind: "run.ended", status, summary: writer.summary() });
  writer.closeNow();
  return run.id;
}

test("the folder of a run is laid out as the format says", async () => {
  const folder = temporary();
  const store = openStore(folder);
  const id = logRun(store);
  await store.run(id).putArtifact(new Uint8Array([1]), "models/best.bin");
  store.list();
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).sort();
  const experiment = files.find((file) => /^experiments\/ctr-model-[0-9a-f]{8}$/.test(file));
  for (const file of [
    "store.json",
    `${experiment}/experiment.json`,
    `${experiment}/names/run_001`,
    `runs/${id}/journal/main.ndjson`,
    `runs/${id}/artifacts/models/best.bin`,
    "cache/runs.ndjson",
  ]) {
    expect(files).toContain(file);
  }
  expect(files.filter((file) => file.endsWith(".lock") || file.endsWith(".tmp"))).toEqual([]);
  expect(readFileSync(join(folder, "store.json"), "utf8")).toBe('{"format":1}\n');
});

test("a list tells params, tags and metrics, with and without its cache", () => {
  const folder = temporary();
  const id = logRun(openStore(folder));
  const read = () => openStore(folder).list();
  const fresh = read();
  expect(fresh).toMatchObject([
    { id, status: "finished", tags: { team: "ml", late: "yes" }, metrics: { loss: { count: 3, max: 1, last: 1 / 3 } } },
  ]);
  expect(fresh[0]?.tags.gone).toBeUndefined();
  expect(fresh[0]?.params.lr).toEqual(spelled("1e-05"));
  expect(fresh[0]?.metrics.odd?.last).toBeNaN();
  expect(read()).toEqual(fresh);
  writeFileSync(
    join(folder, "cache/runs.ndjson"),
    readFileSync(join(folder, "cache/runs.ndjson"), "utf8").slice(0, -40),
  );
  expect(read()).toEqual(fresh);
  rmSync(join(folder, "cache"), { recursive: true });
  expect(read()).toEqual(fresh);
});

test("a run that is under way shows its last values", () => {
  const store = openStore(temporary());
  const { writer } = store.createRun({ experiment: "live" });
  for (let step = 0; step < 5000; step++) writer.append({ kind: "metrics.logged", step, values: { loss: step } });
  expect(store.list()).toMatchObject([{ status: "running", metrics: { loss: { last: 4999 } } }]);
  writer.closeNow();
});

test("a store that was moved opens, and goes on", async () => {
  const folder = temporary();
  const id = logRun(openStore(folder));
  const moved = `${temporary()}-moved`;
  mkdirSync(join(moved, ".."), { recursive: true });
  renameSync(folder, moved);
  const store = openStore(moved);
  expect(store.list()).toHaveLength(1);
  expect(await eventsOf(store.run(id).journal)).toHaveLength(9);
  expect(store.createRun({ experiment: "ctr/model" }).started.name).toBe("run_002");
});

test("a newer store, a foreign folder and a missing one are refused and left alone", async () => {
  const newer = temporary();
  mkdirSync(newer, { recursive: true });
  writeFileSync(join(newer, "store.json"), '{"format":2}');
  const foreign = temporary();
  mkdirSync(foreign, { recursive: true });
  writeFileSync(join(foreign, "thesis.doc"), "x");
  const missing = temporary();
  expect(codeOf(() => openStore(newer))).toBe("format_newer");
  expect(codeOf(() => localBackend(newer))).toBe("format_newer");
  expect(codeOf(() => localBackend(foreign))).toBe("bad_option");
  expect(codeOf(() => openStore(foreign))).toBe("bad_option");
  await expect(localSource(missing).runs()[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: "not_found" });
  expect(readdirSync(newer)).toEqual(["store.json"]);
  expect(readdirSync(foreign)).toEqual(["thesis.doc"]);
  expect(existsSync(missing)).toBe(false);
});

test("hostile ids, streams and destinations do not become paths", async () => {
  const store = openStore(temporary());
  const { run, writer } = store.createRun({ experiment: "../../etc" });
  expect(codeOf(() => store.run("../../etc"))).toBe("bad_option");
  expect(codeOf(() => run.writer("../main"))).toBe("bad_option");
  await expect(store.deliveries.load(run.id, "../x")).rejects.toThrow("no name of a destination");
  expect(store.createRun({ experiment: "../../etc", name: "../x" }).started.name).toBe("../x");
  expect(readdirSync(join(store.folder, ".."))).toEqual(["store"]);
  writer.closeNow();
});

test("a run that came again and is deleted again leaves what lies in the trash as it is", () => {
  const store = openStore(temporary());
  const { folder } = store;
  const id = logRun(store);
  store.trash.put([id]);
  for (const name of ["second", "third"]) {
    const writer = store.run(id).writer();
    writer.append({ kind: "run.started", format: 1, id, name, experiment: "x", createdAt: 1 });
    writer.closeNow();
    store.trash.put([id]);
  }
  expect(readdirSync(join(folder, "trash")).sort()).toEqual([id, `${id}.1`, `${id}.2`]);
  expect(store.trash.list().map(({ started }) => started.name)).toEqual(["third"]);
  expect(readFileSync(join(folder, "trash", `${id}.1`, "journal/main.ndjson"), "utf8")).toContain(
    '"experiment":"ctr/model"',
  );
  store.trash.purge([id]);
  expect(readdirSync(join(folder, "trash"))).toEqual([]);
});

test("what is deleted goes to the trash, comes back whole, and is purged", () => {
  const store = openStore(temporary());
  const [a, b] = [logRun(store), logRun(store)] as const;
  store.trash.put([a]);
  expect([store.ids(), store.trash.ids()]).toEqual([[b], [a]]);
  store.trash.restore(a);
  expect(store.list()).toHaveLength(2);
  expect([...store.deleteExperiment("ctr/model")].sort()).toEqual([a, b].sort());
  expect(store.experiments.get("ctr/model")?.deleted).toBe(true);
  store.trash.restore(b);
  expect(store.experiments.get("ctr/model")?.deleted).toBeUndefined();
  store.trash.purge();
  expect([store.ids(), store.trash.ids()]).toEqual([[b], []]);
  expect(codeOf(() => store.trash.restore(a))).toBe("not_found");
});

test("a run that is being written is not deleted", () => {
  const store = openStore(temporary());
  const done = logRun(store);
  const { run, writer } = store.createRun({ experiment: "live" });
  expect(codeOf(() => store.trash.put([done, run.id]))).toBe("locked");
  expect(store.ids()).toHaveLength(2);
  writer.closeNow();
});

test("prune takes what all conditions choose, and never what runs", () => {
  const store = openStore(temporary());
  // Ids of one millisecond are in any order.
  const begin = Date.now() - 100;
  const statuses = ["failed", "finished", "failed", "finished"] as const;
  const ids = statuses.map((status, i) => logRun(store, "p", status, begin + i));
  const { writer } = store.createRun({ experiment: "p" });
  expect(codeOf(() => store.prune({}))).toBe("bad_option");
  expect(store.prune({ keep: 4, dryRun: true })).toEqual([]);
  expect(store.prune({ olderThanMs: 60_000 })).toEqual([]);
  expect(store.prune({ keep: 1, status: ["failed"], dryRun: true })).toHaveLength(2);
  expect(store.prune({ keep: 2 })).toEqual(ids.slice(0, 2));
  expect(store.trash.ids()).toEqual(ids.slice(0, 2));
  writer.closeNow();
});

test("experiments are described, and keep their exact names", () => {
  const store = openStore(temporary());
  logRun(store, "Modèle A");
  logRun(store, "modele-a");
  store.experiments.describe("Modèle A", "first try");
  expect(store.experiments.list()).toEqual([{ name: "Modèle A", description: "first try" }, { name: "modele-a" }]);
});

test("reading a copy of a store as a source writes nothing", async () => {
  const folder = temporary();
  logRun(openStore(folder));
  const copy = `${folder}-copy`;
  cpSync(folder, copy, { recursive: true });
  const listing = () => readdirSync(copy, { recursive: true }).sort();
  const before = listing();
  for await (const journal of localSource(copy).runs()) await eventsOf(journal);
  expect(listing()).toEqual(before);
});

function codeOf(work: () => unknown): string | undefined {
  try {
    work();
  } catch (cause) {
    return isRunferryError(cause) ? cause.code : String(cause);
  }
  return undefined;
}
