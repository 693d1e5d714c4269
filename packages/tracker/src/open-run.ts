import { isAbsolute, join, relative } from "node:path";
import { createRunId, type EndStatus, mainStream, messageOf } from "@runferry/core";
import type { LocalWriter, Store, StoredRun } from "@runferry/local";
import { deliveryLink } from "./delivery/delivery-link.ts";
import { deliveryStatus } from "./delivery/delivery-status.ts";
import { createRunDelivery, noDelivery, type RunDelivery } from "./delivery/run-delivery.ts";
import { createMetricLog } from "./metric-log.ts";
import { createNotices, type Notices } from "./notices.ts";
import type { RunOptions, TrackerOptions, Wiring } from "./options.ts";
import { given } from "./put-media.ts";
import { createRecorder, disabledRecorder } from "./recorder.ts";
import { Run } from "./run.ts";
import { createRunEnd } from "./run-end.ts";
import { createRunFiles } from "./run-files.ts";
import { readSettings, type Settings } from "./settings.ts";
import { shellWord } from "./shell-word.ts";

/** What the runs of a tracker have around them. */
export interface Surroundings {
  readonly settings: Settings;
  readonly store: Store;
  /** Where its runs go besides the store: `kind:address`. */
  readonly places: readonly string[];
  readonly say: (line: string) => void;
  readonly wiring: Wiring;
  readonly onLag?: TrackerOptions["onLag"];
}

/** A run whose stream is open for writing. `verb` is what is said of it, such as ` resumed`. */
export function openRun(
  stored: StoredRun,
  writer: LocalWriter,
  stream: string,
  { experiment, name }: { readonly experiment: string; readonly name: string },
  surroundings: Surroundings,
  verb: string,
): Run {
  const { settings, say } = surroundings;
  const subject = `${experiment}/${name}`;
  const notices: Notices = createNotices(say, () => subject);
  const recorder = createRecorder({ stored, writer, stream, notices });
  const files = createRunFiles(recorder);
  const status: { wanted: EndStatus | undefined } = { wanted: undefined };
  // The process that logs `main` has all streams delivered.
  const delivery: RunDelivery =
    stream === mainStream
      ? beginDelivery(stored.id, subject, notices, surroundings)
      : { ...noDelivery, status: () => deliveryStatus(surroundings.store, stored.id) };
  const end = createRunEnd({
    recorder,
    stored,
    writer,
    files,
    wanted: () => status.wanted,
    subject,
    inStore: inStore(settings),
    startedAt: Date.now(),
    delivery,
  });
  say(`${subject}${verb} → ${shortPath(settings.dir, settings.cwd)}`);
  const flush = () => writer.flushNow();
  const log = createMetricLog(recorder);
  const { id, folder: dir } = stored;
  return new Run({ id, name, experiment, dir, recorder, files, log, status, end, delivery, flush });
}

function beginDelivery(run: string, subject: string, notices: Notices, surroundings: Surroundings): RunDelivery {
  const { settings, store, places, say, wiring, onLag } = surroundings;
  const { delivery: mode } = settings;
  const link = mode === "off" ? undefined : deliveryLink({ mode, say, ...wiring.delivery });
  const delivery = createRunDelivery({ store, run, subject, settings, link, say, ...given({ onLag }) });
  try {
    const known = store.deliveries.places(run);
    const all = [...new Set([...known, ...places])];
    if (all.length > known.length) store.deliveries.setPlaces(run, all);
    if (all.length > 0) delivery.announce();
  } catch (cause) {
    notices.count("lost", "destinations", () => `${messageOf(cause)} · the run is in the store: runferry sync`);
  }
  return delivery;
}

export function disabledRun({ id, name }: RunOptions, experiment: string, dir: string): Run {
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
    delivery: noDelivery,
    flush: () => undefined,
  });
}

/** Told only where the command would look elsewhere. */
function inStore({ dir, cwd }: Settings): string {
  return dir === readSettings({}, { cwd }).dir ? "" : ` --dir ${shellWord(shortPath(dir, cwd))}`;
}

function shortPath(path: string, cwd: string): string {
  const short = relative(cwd, path);
  return short === "" ? "." : short.startsWith("..") || isAbsolute(short) ? path : `./${short}`;
}
