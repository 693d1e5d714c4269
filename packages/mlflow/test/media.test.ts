import { execFileSync } from "node:child_process";
import { crc32, deflateSync } from "node:zlib";
import {
  bytesOf,
  createRunId,
  type FileRef,
  fold,
  forward,
  type Journal,
  memoryDeliveries,
  memoryJournal,
  type RunEvent,
} from "@runferry/core";
import { describe, expect, test, vi } from "vitest";
import { borrowMlflow } from "../../../tools/peers/borrow-mlflow.ts";
import { peer } from "../../../tools/peers/peer.ts";
import { mlflow, mlflowClient, mlflowSource } from "../src/index.ts";
import { withoutTables, withTables } from "../src/table-list.ts";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const startedAt = 1_732_181_400_000;

/** A black picture. */
function png(width: number, height: number): Uint8Array {
  const chunk = (type: string, data: Uint8Array) => {
    const body = Buffer.concat([Buffer.from(type), data]);
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    sum.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, sum]);
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 0, 0, 0, 0], 8);
  const rows = deflateSync(Buffer.alloc((width + 1) * height));
  const begin = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([begin, chunk("IHDR", head), chunk("IDAT", rows), chunk("IEND", Buffer.alloc(0))]);
}

async function mediaRun(): Promise<Journal> {
  const journal = memoryJournal(createRunId(startedAt, new Uint8Array(10)));
  const main = journal.writer();
  let at = startedAt;
  const log = (event: RunEvent) => main.append(event, at++);
  const id = journal.run;
  log({ kind: "run.started", format: 1, id, name: "media", experiment: "media", createdAt: startedAt });
  log({ kind: "tags.set", values: { "mlflow.loggedArtifacts": '[{"path": "of/\\u00fc.json", "type": "table"}]' } });
  for (const step of [0, 5]) {
    const file: FileRef = await journal.putFile(`pictures/${step}.png`, png(4 + step, 3));
    log({ kind: "media.logged", name: "val/samples", step, media: { type: "image", file } });
  }
  const media = {
    type: "table",
    columns: ["text", "score"],
    rows: [
      ["a", 0.5],
      ["ü", 1],
    ],
  } as const;
  log({ kind: "media.logged", name: "predictions", step: 5, media });
  log({ kind: "run.ended", status: "finished" });
  return journal;
}

describe.skipIf("missing" in peer("mlflow") && !process.env.CI)("media", () => {
  const server = borrowMlflow();
  const python = (script: string, ...words: readonly string[]) =>
    execFileSync(server().python, ["-W", "ignore", new URL(`python/${script}`, import.meta.url).pathname, ...words], {
      encoding: "utf8",
    });

  test("stand where MLflow's page and client look for them", async () => {
    const journal = await mediaRun();
    const backend = mlflow({ uri: server().url, env: {} });
    const { state, delivery } = await forward({
      journal,
      backend,
      deliveries: memoryDeliveries(),
      batch: { events: 2 },
    });
    await backend.close();
    expect(state).toBe("delivered");
    const client = mlflowClient({ uri: server().url, env: {} });
    // The table that another tool is said to have written is not there to be read.
    const { data } = await client.tracking.getRun(delivery.remote!.id);
    const list = data?.tags?.find(({ key }) => key === "mlflow.loggedArtifacts")?.value ?? "";
    const [others, ours] = JSON.parse(list) as { path: string; type: string }[];
    expect(others).toEqual({ path: "of/ü.json", type: "table" });
    await client.tracking.setTag(delivery.remote!.id, "mlflow.loggedArtifacts", JSON.stringify([ours]));
    client.close();
    expect(JSON.parse(python("read_media.py", server().url, delivery.remote!.id))).toEqual({
      tables: {
        [ours!.path]: {
          columns: ["text", "score"],
          data: [
            ["a", 0.5],
            ["ü", 1],
          ],
        },
      },
      images: {
        [`val/samples 0 ${startedAt + 2}`]: { full: [4, 3], small: [4, 3] },
        [`val/samples 5 ${startedAt + 3}`]: { full: [9, 3], small: [9, 3] },
      },
      hasImages: "True",
    });
  });

  test("that MLflow's client logs are read as media", async () => {
    await server().empty();
    python("log_image.py", server().url);
    for await (const journal of mlflowSource({ uri: server().url, env: {} }).runs()) {
      const view = await fold(journal);
      expect(view.media).toMatchObject([{ name: "val/a b", step: 3, at: startedAt, media: { type: "image" } }]);
      expect([...view.artifacts.keys()]).toEqual([]);
      // Where the tests lie in a clone, MLflow's client says of which repository.
      expect([...view.tags.keys()].filter((name) => !name.startsWith("mlflow.source.git."))).toEqual([]);
      const [image] = view.media;
      const bytes = image?.media.type === "image" ? await bytesOf(journal.open(image.media.file)) : Buffer.alloc(0);
      expect(Buffer.from(bytes.slice(1, 4)).toString()).toBe("PNG");
    }
    expect.assertions(4);
  });
});

describe("the list of tables", () => {
  const ours = "media/a/at1_0123456789ab.table.json";
  const theirs = '[{"path": "a.json", "type": "table"}]';
  const both = `[{"path": "a.json", "type": "table"}, {"path": "${ours}", "type": "table"}]`;

  test("keeps what others wrote, and gives it back", () => {
    expect(withTables(theirs, undefined, [ours])).toBe(both);
    expect(withTables(theirs, both, [ours])).toBe(both);
    expect(withoutTables(both)).toBe(theirs);
    expect(withoutTables(withTables(null, undefined, [ours])!)).toBeUndefined();
    expect(withTables(null, undefined, [])).toBeNull();
  });

  test("leaves alone what is no such list, and ends where its tag does", () => {
    for (const text of ["", "null", "not JSON", '[{"path":"a.json","type":"table"}]', '[{"path": "a", "type": "b"}]']) {
      expect(withTables(text, undefined, [ours])).toBe(text);
      expect(withoutTables(text)).toBe(text);
    }
    const many = Array.from({ length: 1000 }, (_, at) => `media/a/at${at}_0123456789ab.table.json`);
    const list = withTables(null, undefined, many)!;
    expect(list.length).toBeLessThanOrEqual(8000);
    expect(JSON.parse(list)).toHaveLength(many.findIndex((path) => !list.includes(path)));
  });
});
