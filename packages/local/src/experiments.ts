import { join } from "node:path";
import { isJsonObject, type Json, RunferryError } from "@runferry/core";
import { claim, createWhole, writeAtomically } from "./atomic-file.ts";
import { type FileSystem, ifPresent, namesIn } from "./file-system.ts";
import type { Layout } from "./layout.ts";

export interface Experiment {
  readonly name: string;
  readonly description?: string;
  /** Deleted with all its runs; it comes back with the first of them. */
  readonly deleted?: boolean;
}

export interface Experiments {
  list(): readonly Experiment[];
  get(name: string): Experiment | undefined;
  /** Creates it where it is not there yet. */
  ensure(name: string): void;
  describe(name: string, description: string): void;
  mark(name: string, deleted: boolean): void;
  /** Claims the next free name, `run_001` and so on; no two claims get the same. */
  claimNext(experiment: string): string;
  /** Claims this name where a file can be named so. Says whether it was free. */
  claim(experiment: string, name: string): boolean;
}

export function fileExperiments(layout: Layout, fileSystem: FileSystem): Experiments {
  function read(file: string): Experiment | undefined {
    const text = ifPresent(() => fileSystem.readFileSync(file, "utf8"));
    return text === undefined ? undefined : parseExperiment(text, file);
  }

  function ensure(name: string): void {
    const own = layout.experiment(name);
    if (ifPresent(() => fileSystem.lstatSync(own.file)) !== undefined) return;
    fileSystem.mkdirSync(own.names, { recursive: true });
    createWhole(fileSystem, own.file, textOf({ name }));
  }

  function change(name: string, changed: (experiment: Experiment) => Experiment): void {
    ensure(name);
    const { file } = layout.experiment(name);
    writeAtomically(fileSystem, file, textOf(changed(read(file) ?? { name })));
  }

  return {
    list: () =>
      namesIn(fileSystem, layout.experiments)
        .flatMap((folder) => read(join(layout.experiments, folder, "experiment.json")) ?? [])
        .sort((a, b) => (a.name < b.name ? -1 : 1)),
    get: (name) => read(layout.experiment(name).file),
    ensure,
    describe: (name, description) => change(name, (experiment) => ({ ...experiment, description })),
    mark(name, deleted) {
      if ((read(layout.experiment(name).file)?.deleted ?? false) === deleted) return;
      change(name, ({ deleted: _, ...experiment }) => (deleted ? { ...experiment, deleted } : experiment));
    },
    claimNext(experiment) {
      ensure(experiment);
      const { names } = layout.experiment(experiment);
      fileSystem.mkdirSync(names, { recursive: true });
      const taken = namesIn(fileSystem, names).map((name) => Number(/^run_(\d{3,15})$/.exec(name)?.[1] ?? 0));
      for (let number = taken.reduce((most, one) => Math.max(most, one), 0) + 1; ; number++) {
        const name = `run_${String(number).padStart(3, "0")}`;
        if (claim(fileSystem, join(names, name))) return name;
      }
    },
    claim(experiment, name) {
      ensure(experiment);
      if (!/^[A-Za-z0-9_][A-Za-z0-9._-]{0,99}$/.test(name)) return true; // only a label; nothing else can claim it
      const { names } = layout.experiment(experiment);
      const claimed = ifPresent(() => claim(fileSystem, join(names, name)));
      if (claimed !== undefined) return claimed;
      fileSystem.mkdirSync(names, { recursive: true });
      return claim(fileSystem, join(names, name));
    },
  };
}

function textOf(experiment: Experiment): string {
  return `${JSON.stringify(experiment)}\n`;
}

function parseExperiment(text: string, file: string): Experiment {
  let parsed: Json;
  try {
    parsed = JSON.parse(text) as Json;
  } catch (cause) {
    throw unreadable(file, cause);
  }
  if (!isJsonObject(parsed) || typeof parsed.name !== "string") throw unreadable(file, undefined);
  return parsed as unknown as Experiment;
}

function unreadable(file: string, cause: unknown): RunferryError {
  return new RunferryError("damaged", `${file} does not describe an experiment`, {
    hint: 'write {"name":"…"} into it, with the exact name of the experiment',
    data: "its runs are not touched",
    cause,
  });
}
