import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type Clock,
  createRunId,
  type FileRef,
  fileOf,
  fold,
  type JsonObject,
  parseJson,
  type RunEvent,
} from "@runferry/core";
import { type LocalWriter, type NewRun, openStore, type StoredRun } from "@runferry/local";
import { type Golden, goldens } from "./journals.ts";
import { laidOut, viewJson } from "./view-json.ts";

const startMs = 1_732_181_400_000;
export const goldenFolder: string = join(import.meta.dirname, "../../../../test-fixtures/journals");

/** Appends to a stream, 100 ms after the event before it was, in whatever stream; or `afterMs`. */
type Log = (event: RunEvent, afterMs?: number) => void;

/** A run that comes out the same every time. */
export interface GoldenRun {
  start(about?: Partial<NewRun>): void;
  readonly log: Log;
  /** The same for an event whose numbers are to keep their spelling. */
  logJson(text: string): void;
  stream(name: string): { readonly log: Log };
  artifact(text: string, path: string): FileRef;
  media(bytes: Uint8Array, name: string): FileRef;
  summary(): ReturnType<LocalWriter["summary"]>;
}

/** Writes all of them, and what they are. */
export async function writeGoldens(into: string): Promise<void> {
  for (const golden of goldens) await writeGolden(golden, join(into, golden.name));
  writeFileSync(join(into, "README.md"), readme());
}

/** Writes the run of a golden, and beside it what a reader must find, into a folder of its own. */
async function writeGolden(golden: Golden, into: string): Promise<void> {
  const box = mkdtempSync(join(tmpdir(), "runferry-golden-"));
  try {
    const id = idOf(golden);
    const clock = settableClock();
    const store = openStore(join(box, "store"), { clock });
    const stored = store.run(id);
    const streams = new Map<string, LocalWriter>();

    function writerOf(name: string): LocalWriter {
      const writer = streams.get(name) ?? stored.writer(name);
      streams.set(name, writer);
      return writer;
    }
    const logTo =
      (name: string): Log =>
      (event, afterMs = 100) => {
        clock.set(clock.now() + afterMs);
        writerOf(name).append(event);
      };
    const log = logTo("main");
    golden.write({
      start(about) {
        const name = golden.name;
        const process = { host: "node-7", pid: 4321, command: ["python3", "train.py", "--lr", "1e-05", "é"] };
        streams.set("main", store.createRun({ id, name, experiment: "golden é", ...process, ...about }).writer);
      },
      log,
      logJson: (text) => log(parseJson(text) as unknown as RunEvent),
      stream: (name) => ({ log: logTo(name) }),
      artifact: (text, path) => stored.putArtifactNow(new TextEncoder().encode(text), path).file,
      media: (bytes, name) => stored.putMediaNow(bytes, name),
      summary: () => writerOf("main").summary(),
    });
    for (const writer of streams.values()) writer.closeNow();
    golden.harm?.(join(stored.folder, "journal/main.ndjson"));
    for (const part of ["journal", "artifacts", "media"]) {
      if (existsSync(join(stored.folder, part)))
        cpSync(join(stored.folder, part), join(into, part), { recursive: true });
    }
    writeFileSync(join(into, "expected.json"), await expectedText(golden, into));
  } finally {
    rmSync(box, { recursive: true, force: true });
  }
}

/** What a reader must find in the folder of a golden. */
export function expectedText(golden: Golden, folder: string): Promise<string> {
  return inStore(golden, folder, async (run) => {
    const view = await fold(run.journal);
    const goesOn = Object.fromEntries(run.streams.map((stream) => [stream, goOn(run, stream)]));
    return `${laidOut({ ...viewJson(view), goesOn })}\n`;
  });
}

/** The files of a golden, and whether their bytes are there. */
export function filesOf(golden: Golden): Promise<readonly { readonly path: string; readonly isThere: boolean }[]> {
  return inStore(golden, join(goldenFolder, golden.name), async (run) => {
    const files = run.streams.flatMap((stream) => [...run.events(stream)].flatMap((event) => fileOf(event) ?? []));
    return Promise.all(files.map(async (file) => ({ path: file.path, isThere: await run.holds(file) })));
  });
}

/** With a copy of the folder as a run of a store. */
async function inStore<T>(golden: Golden, folder: string, look: (run: StoredRun) => Promise<T>): Promise<T> {
  const box = mkdtempSync(join(tmpdir(), "runferry-golden-"));
  try {
    const run = openStore(box).run(idOf(golden));
    cpSync(folder, run.folder, { recursive: true });
    return await look(run);
  } finally {
    rmSync(box, { recursive: true, force: true });
  }
}

function idOf({ name }: Golden): string {
  return createRunId(startMs, createHash("sha256").update(name).digest());
}

/** After which event, time and byte a writer goes on that takes the stream over. */
function goOn(run: StoredRun, stream: string): JsonObject {
  const writer = run.writer(stream);
  try {
    return { ...writer.last, bytes: statSync(join(run.folder, `journal/${stream}.ndjson`)).size };
  } finally {
    writer.closeNow();
  }
}

function readme(): string {
  return `# Golden journals

What [the format](../../docs/journal-format.md) means, for whoever reads or writes it in another language. Each folder is one of
\`runs/<run id>/\` of a store, and beside it \`expected.json\`: what a reader must find there. Written by
\`node packages/local/test/golden/write.ts\`, byte for byte the same every time.

| folder | shows |
| --- | --- |
${goldens.map(({ name, shows }) => `| [${name}](${name}/) | ${shows} |`).join("\n")}

A reader passes when it finds, in each folder, what \`expected.json\` says. What is empty is left out there. Lists are in the order
(\`at\`, stream, \`seq\`), points in the order (\`at\`, step, value), one without a step first and NaN last. \`superseded\` are points that
a resume dropped, \`replaced\` versions of artifacts that a later one replaced, \`lost\` is how many events are told or found to be
missing. \`goesOn\` is for those that append: after which \`seq\` and \`at\` a writer goes on that takes the stream over, and how many
bytes of the file it keeps.

A writer passes when it writes the lines that it can write, and no other bytes: it is given each event, and compared with the file.
`;
}

interface SettableClock extends Clock {
  set(ms: number): void;
}

function settableClock(): SettableClock {
  let now = startMs;
  return {
    now: () => now,
    set(ms) {
      now = ms;
    },
    async sleep() {
      // Nothing here waits.
    },
  };
}
