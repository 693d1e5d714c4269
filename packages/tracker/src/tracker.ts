import { isAbsolute, join, relative } from "node:path";
import { createRunId, type EndStatus, mainStream, RunferryError } from "@runferry/core";
import { type LocalWriter, openStore, type Store, type StoredRun } from "@runferry/local";
import { badOption, checkOptions, joinChecks, resumeChecks, runChecks, trackerChecks } from "./check-options.ts";
import { createMetricLog } from "./metric-log.ts";
import { createNotices, type Notices, sayOnStderr } from "./notices.ts";
import type { JoinOptions, ResumeOptions, RunOptions, TrackerOptions, Wiring } from "./options.ts";
import { requireAvailable } from "./places.ts";
import { given } from "./put-media.ts";
import type { BestRunOptions } from "./read/best-run.ts";
import type { LoggedRun } from "./read/logged-run.ts";
import { type ExperimentSummary, openReader, type Reader, type RunsOptions } from "./read/reader.ts";
import { createRecorder, disabledRecorder } from "./recorder.ts";
import { Run } from "./run.ts";
import { createRunEnd } from "./run-end.ts";
import { createRunFiles } from "./run-files.ts";
import { readSettings, type Settings } from "./settings.ts";
import { startFacts } from "./start-facts.ts";

/** Starts runs in one store, with what they share. Wrong options throw here, before any training. */
export class Tracker {
  readonly experiment: string;
  /** The folder of the store. */
  readonly dir: string;
  readonly #settings: Settings;
  readonly #store: Store | undefined;
  readonly #say: (line: string) => void;

  constructor(options: TrackerOptions = {}, wiring: Wiring = {}) {
    checkOptions(options, trackerChecks, "Tracker");
    const settings = readSettings(options, wiring);
    requireAvailable(settings.places);
    const { durability, dir } = settings;
    const { fileSystem, clock, identity } = wiring;
    this.#settings = settings;
    this.#store =
      settings.mode === "disabled"
        ? undefined
        : openStore(dir, { durability, ...given({ fileSystem, clock, identity }) });
    this.#say = settings.quiet ? () => undefined : (wiring.say ?? sayOnStderr);
    this.experiment = settings.experiment;
    this.dir = dir;
  }

  startRun(options: RunOptions = {}): Run {
    checkOptions(options, runChecks, "startRun");
    const settings = this.#settings;
    const store = this.#store;
    const wanted = { ...settings.run, ...given(options) };
    const experiment = wanted.experiment ?? this.experiment;
    if (store === undefined) return disabledRun(wanted, experiment, this.dir);
    const { id, name, params, description, parent } = wanted;
    if (settings.stream !== undefined && settings.stream !== mainStream) return this.joinRun(idToJoin(id));
    const resume = wanted.resume === true ? "allow" : wanted.resume || "never";
    const isThere = id !== undefined && resume !== "never" && store.has(id);
    if (resume === "must" && !isThere) throw notThere(id ?? "without an id", this.dir);
    const tags = { ...settings.tags, ...wanted.tags };
    const run = isThere ? this.resumeRun(id) : create(this.#say);
    if (Object.keys(tags).length > 0) run.setTags(tags);
    if (params !== undefined && Object.keys(params).length > 0) run.logParams(params);
    return run;

    function create(say: (line: string) => void): Run {
      const created = store!.createRun({
        experiment,
        ...startFacts(settings.cwd, wanted.autoLog ?? settings.autoLog),
        ...given({ id, name, description, group: wanted.group ?? settings.group, parent: idOf(parent) }),
      });
      const named = { experiment, name: created.started.name };
      return openRun(created.run, created.writer, mainStream, named, { settings, say, verb: "" });
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
    if (this.#store === undefined) return disabledRun({ id: handle }, this.experiment, this.dir);
    const named = this.getRun(handle);
    const stored = this.#store.run(named.id);
    const writer = stored.writer(mainStream, given({ takeOver }));
    writer.tryAppend({ kind: "run.resumed", ...given({ fromStep }) });
    return openRun(stored, writer, mainStream, named, { settings: this.#settings, say: this.#say, verb: " resumed" });
  }

  /** Logs to a run of another process, in a stream of one's own: further ranks, data loaders. */
  joinRun(handle: string, options: JoinOptions = {}): Run {
    checkOptions(options, joinChecks, "joinRun");
    const stream = options.stream ?? this.#settings.stream;
    if (this.#store === undefined) return disabledRun({ id: handle }, this.experiment, this.dir);
    if (stream === undefined || stream === mainStream || stream === "observer") {
      throw badOption("joinRun needs a stream of its own", 'give { stream: "rank-1" }, or set RUNFERRY_STREAM');
    }
    const named = this.getRun(handle);
    const stored = this.#store.run(named.id);
    const verb = ` joined as ${stream}`;
    return openRun(stored, stored.writer(stream), stream, named, { settings: this.#settings, say: this.#say, verb });
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

interface Surroundings {
  readonly settings: Settings;
  readonly say: (line: string) => void;
  readonly verb: string;
}

function openRun(
  stored: StoredRun,
  writer: LocalWriter,
  stream: string,
  { experiment, name }: { readonly experiment: string; readonly name: string },
  { settings, say, verb }: Surroundings,
): Run {
  const subject = `${experiment}/${name}`;
  const notices: Notices = createNotices(say, () => subject);
  const recorder = createRecorder({ stored, writer, stream, notices });
  const files = createRunFiles(recorder);
  const status: { wanted: EndStatus | undefined } = { wanted: undefined };
  const wanted = () => status.wanted;
  const end = createRunEnd({
    recorder,
    stored,
    writer,
    files,
    wanted,
    subject,
    inStore: inStore(settings),
    startedAt: Date.now(),
  });
  say(`${subject}${verb} → ${shortPath(settings.dir, settings.cwd)}`);
  const flush = () => writer.flushNow();
  const log = createMetricLog(recorder);
  return new Run({ id: stored.id, name, experiment, dir: stored.folder, recorder, files, log, status, end, flush });
}

function disabledRun({ id, name }: RunOptions, experiment: string, dir: string): Run {
  const recorder = disabledRecorder(
    createNotices(
      () => undefined,
      () => "",
    ),
  );
  let isEnded = false;
  return new Run({
    id: id ?? createRunId(Date.now()),
    name: name ?? "disabled",
    experiment,
    dir: join(dir, "disabled"),
    recorder,
    files: createRunFiles(recorder),
    log: () => undefined,
    status: { wanted: undefined },
    end: {
      get isEnded() {
        return isEnded;
      },
      now() {
        isEnded = true;
      },
      correctIfUncaught: () => undefined,
    },
    flush: () => undefined,
  });
}

/** Told only where the command would look elsewhere. */
function inStore({ dir, cwd }: Settings): string {
  return dir === readSettings({}, { cwd }).dir ? "" : ` --dir ${shortPath(dir, cwd)}`;
}

function idOf(parent: RunOptions["parent"]): string | undefined {
  return typeof parent === "object" ? parent.id : parent;
}

function idToJoin(id: string | undefined): string {
  if (id !== undefined) return id;
  throw badOption("RUNFERRY_STREAM is set, and the run to join is not named", "set RUNFERRY_RUN_ID as well");
}

function shortPath(path: string, cwd: string): string {
  const short = relative(cwd, path);
  return short === "" ? "." : short.startsWith("..") || isAbsolute(short) ? path : `./${short}`;
}

function notThere(id: string, dir: string): RunferryError {
  return new RunferryError("not_found", `there is no run ${id} in ${dir}`, {
    hint: "give the 26 characters of its id, and the folder of its store as dir or RUNFERRY_DIR",
    data: "nothing was written",
  });
}
