import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fold, forward, memoryDeliveries, type RunView } from "@runferry/core";
import { localBackend, localSource, nodeFileSystem, openStore } from "@runferry/local";
import {
  type BackendSubject,
  createFaultFs,
  hostileRuns,
  type JournalSubject,
  type SourceSubject,
} from "@runferry/testkit";
import { deadIdentity } from "./workshop.ts";

/** A crash in a test leaves the locks of a process that, unlike it, still runs: so these are held by a dead one. */
const asCrashed = () => ({ identity: deadIdentity() });

export const localBackendSubject: BackendSubject = {
  name: "local",
  async create() {
    const { folder, remove } = temporary();
    return {
      open: async (crash) =>
        localBackend(folder, { ...asCrashed(), fileSystem: createFaultFs(nodeFileSystem, crash).fileSystem }),
      async source() {
        openStore(folder);
        return localSource(folder);
      },
      dump: async () => textOf(folder),
      remove,
    };
  },
};

export const localJournalSubject: JournalSubject = {
  name: "local",
  async create() {
    const { folder, remove } = temporary();
    return {
      async open(id) {
        const run = openStore(folder).run(id);
        const writers: { close(): Promise<void> }[] = [];
        return {
          journal: run.journal,
          async writer(stream) {
            const writer = run.writer(stream);
            writers.push(writer);
            return writer;
          },
          putFile: async (path, bytes) => (await run.putArtifact(bytes, path)).file,
          async close() {
            for (const writer of writers.splice(0)) await writer.close();
          },
        };
      },
      remove,
    };
  },
};

export const localSourceSubject: SourceSubject = {
  name: "local",
  async create() {
    const { folder, remove } = temporary();
    const backend = localBackend(folder);
    const expected = new Map<string, RunView>();
    for (const { journal } of await hostileRuns(1, { names: 100 })) {
      await forward({ journal, backend, deliveries: memoryDeliveries(), mask: false });
      expected.set(journal.run, await fold(journal));
    }
    await backend.close();
    const digest = async () => createHash("sha256").update(textOf(folder)).digest("hex");
    return { open: () => localSource(folder), expected, digest, remove };
  },
};

function temporary() {
  const parent = mkdtempSync(join(tmpdir(), "runferry-subject-"));
  const remove = async () => rmSync(parent, { recursive: true, force: true });
  return { folder: join(parent, "store"), remove };
}

/** Every file of a folder, with its path, as text. */
function textOf(folder: string): string {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = files.map((entry) => join(entry.parentPath, entry.name)).sort();
  return paths.map((path) => `${path}\n${readFileSync(path, "latin1")}\n`).join("");
}
