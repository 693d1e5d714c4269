import { checkOptions, runChecks, trackerChecks } from "./check-options.ts";
import type { JoinOptions, ResumeOptions, StartRunOptions, TrackerOptions, Wiring } from "./options.ts";
import { given } from "./put-media.ts";
import type { Run } from "./run.ts";
import { Tracker } from "./tracker.ts";

/** Starts a run. Synchronous; needs no server. Throws for a wrong set-up, and never after that. */
export function startRun(options: StartRunOptions = {}, wiring?: Wiring): Run {
  checkOptions(options, { ...trackerChecks, ...runChecks }, "startRun");
  const { dir, backend, quiet, mode, durability, onLag, ...run } = options;
  return new Tracker(given({ dir, backend, quiet, mode, durability, onLag }), wiring).startRun(run);
}

/** Goes on with a run that has ended or was killed. */
export function resumeRun(handle: string, options: ResumeOptions & TrackerOptions = {}, wiring?: Wiring): Run {
  const { fromStep, takeOver, ...tracker } = options;
  return new Tracker(tracker, wiring).resumeRun(handle, given({ fromStep, takeOver }));
}

/** Logs to a run of another process, in a stream of one's own. */
export function joinRun(handle: string, options: JoinOptions & TrackerOptions = {}, wiring?: Wiring): Run {
  const { stream, ...tracker } = options;
  return new Tracker(tracker, wiring).joinRun(handle, given({ stream }));
}
