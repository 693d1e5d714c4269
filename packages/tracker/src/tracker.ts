import { mainStream, RunferryError } from "@runferry/core";
import { openStore, type Store } from "@runferry/local";
import { badOption, checkOptions, joinChecks, resumeChecks, runChecks, trackerChecks } from "./check-options.ts";
import { remotePlaces } from "./delivery/run-places.ts";
import { sayOnStderr } from "./notices.ts";
import { disabledRun, openRun, type Surroundings } from "./open-run.ts";
import type { JoinOptions, ResumeOptions, RunOptions, TrackerOptions, Wiring } from "./options.ts";
import { given } from "./put-media.ts";
import type { BestRunOptions } from "./read/best-run.ts";
import type { ExperimentSummary } from "./read/experiments.ts";
import type { LoggedRun } from "./read/logged-run.ts";
import { openReader, type Reader, type RunsOptions } from "./read/reader.ts";
import { saveExperimentSummary } from "./read/save-experiment.ts";
import type { Run } from "./run.ts";
import { readSettings, type Settings } from "./settings.ts";
import { startFacts } from "./start-facts.ts";

/** Starts runs in one store, with what they share. Wrong options throw here, before any training. */
export class Tracker {
  readonly experiment: string;
  /** The folder of the store. */
  readonly dir: string;
  readonly #settings: Settings;
  readonly #store: Store | undefined;
  readonly #surroundings: Surroundings | undefined;

  constructor(options: TrackerOptions = {}, wiring: Wiring = {}) {
    checkOptions(options, trackerChecks, "Tracker");
    const settings = readSettings(options, wiring);
    const { durability, dir, cwd, environment: env } = settings;
    const places = remotePlaces(settings.places, dir, { cwd, env });
    const { fileSystem, clock, identity } = wiring;
    this.#settings = settings;
    this.#store =
      settings.mode === "disabled"
        ? undefined
        : openStore(dir, { durability, ...given({ fileSystem, clock, identity }) });
    const say = settings.quiet ? () => undefined : (wiring.say ?? sayOnStderr);
    const { onLag } = options;
    this.#surroundings = this.#store && { settings, store: this.#store, places, say, wiring, ...given({ onLag }) };
    this.experiment = settings.experiment;
    this.dir = dir;
  }

  startRun(options: RunOptions = {}): Run {
    checkOptions(options, runChecks, "startRun");
    const settings = this.#settings;
    const store = this.#store;
    const surroundings = this.#surroundings;
    const wanted = { ...settings.run, ...given(options) };
    const experiment = wanted.experiment ?? this.experiment;
    if (store === undefined || surroundings === undefined) return disabledRun(wanted, experiment, this.dir);
    const { id, name, params, description, parent } = wanted;
    if (settings.stream !== undefined && settings.stream !== mainStream) return this.joinRun(idToJoin(id));
    const resume = wanted.resume === true ? "allow" : wanted.resume || "never";
    const isThere = id !== undefined && resume !== "never" && store.has(id);
    if (resume === "must" && !isThere) throw notThere(id ?? "without an id", this.dir);
    const tags = { ...settings.tags, ...wanted.tags };
    const run = isThere ? this.resumeRun(id) : create(store, surroundings);
    if (Object.keys(tags).length > 0) run.setTags(tags);
    if (params !== undefined && Object.keys(params).length > 0) run.logParams(params);
    return run;

    function create(into: Store, around: Surroundings): Run {
      const created = into.createRun({
        experiment,
        ...startFacts(settings.cwd, wanted.autoLog ?? settings.autoLog),
        ...given({ id, name, description, group: wanted.group ?? settings.group, parent: idOf(parent) }),
      });
      const named = { experiment, name: created.started.name };
      return openRun(created.run, created.writer, mainStream, named, around, "");
    }
  }

  /** Runs `work` with a run: finished when it is done, failed when it throws. What it throws is thrown on. */
  run<T>(work: (run: Run) => T | Promise<T>): Promise<T>;
  run<T>(options: RunOptions, work: (run: Run) => T | Promise<T>): Promise<T>;
  async run<T>(first: RunOptions | ((run: Run) => T | Promise<T>), second?: (run: Run) => T | Promise<T>): Promise<T> {
    const work = typeof first === "function" ? first : second;
    if (typeof work !== "function")
      throw badOption("run was given nothing to run", "give a function that takes the run");
    const run = this.startRun(typeof first === "function" ? {} : first);
    try {
      const result = await work(run);
      await run.end();
      return result;
    } catch (cause) {
      await run.fail(cause);
      throw cause;
    }
  }

  /** Goes on with a run that has ended or was killed. */
  resumeRun(handle: string, options: ResumeOptions = {}): Run {
    checkOptions(options, resumeChecks, "resumeRun");
    const { fromStep, takeOver } = options;
    if (this.#surroundings === undefined) return disabledRun({ id: handle }, this.experiment, this.dir);
    const named = this.getRun(handle);
    const stored = this.#surroundings.store.run(named.id);
    const writer = stored.writer(mainStream, given({ takeOver }));
    writer.tryAppend({ kind: "run.resumed", ...given({ fromStep }) });
    return openRun(stored, writer, mainStream, named, this.#surroundings, " resumed");
  }

  /** Logs to a run of another process, in a stream of one's own: further ranks, data loaders. */
  joinRun(handle: string, options: JoinOptions = {}): Run {
    checkOptions(options, joinChecks, "joinRun");
    const stream = options.stream ?? this.#settings.stream;
    if (this.#surroundings === undefined) return disabledRun({ id: handle }, this.experiment, this.dir);
    if (stream === undefined || stream === mainStream || stream === "observer") {
      throw badOption("joinRun needs a stream of its own", 'give { stream: "rank-1" }, or set RUNFERRY_STREAM');
    }
    const named = this.getRun(handle);
    const stored = this.#surroundings.store.run(named.id);
    return openRun(stored, stored.writer(stream), stream, named, this.#surroundings, ` joined as ${stream}`);
  }

  /** The runs of this tracker's experiment that a filter, or options, choose; newest first. */
  runs(chosen: string | RunsOptions = {}): readonly LoggedRun[] {
    const options = typeof chosen === "string" ? { filter: chosen } : chosen;
    return this.#reader.runs({ experiment: this.experiment, ...options });
  }

  /** One run of the store: by id or its beginning, `experiment/name`, a unique name, or `@last`. */
  getRun(handle: string): LoggedRun {
    return this.#reader.getRun(handle);
  }

  /** The run of this tracker's experiment whose last value of a metric is the best, or another `experiment`'s. */
  getBestRun(metric: string, options: BestRunOptions = {}): LoggedRun {
    return this.#reader.getBestRun(metric, { experiment: this.experiment, ...options });
  }

  experiments(): readonly ExperimentSummary[] {
    return this.#reader.experiments();
  }

  /** Writes what this tracker's experiment came to as JSON, to `path` or among the reports of the store. Gives the path. */
  saveSummary(path?: string): string {
    return saveExperimentSummary(this.experiment, given({ dir: this.dir, path }));
  }

  /** Moves a run to the trash folder of the store. */
  deleteRun(handle: string): LoggedRun {
    return this.#reader.deleteRun(handle);
  }

  /** Takes a run out of the trash. */
  restoreRun(handle: string): LoggedRun {
    return this.#reader.restoreRun(handle);
  }

  get #reader(): Reader {
    return openReader(this.#store ?? this.dir);
  }
}

function idOf(parent: RunOptions["parent"]): string | undefined {
  return typeof parent === "object" ? parent.id : parent;
}

function idToJoin(id: string | undefined): string {
  if (id !== undefined) return id;
  throw badOption("RUNFERRY_STREAM is set, and the run to join is not named", "set RUNFERRY_RUN_ID as well");
}

function notThere(id: string, dir: string): RunferryError {
  return new RunferryError("not_found", `there is no run ${id} in ${dir}`, {
    hint: "give the 26 characters of its id, and the folder of its store as dir or RUNFERRY_DIR",
    data: "nothing was written",
  });
}
