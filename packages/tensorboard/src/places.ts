import {
  addStep,
  type Before,
  type Context,
  newProgress,
  progressKey,
  progressOf,
  rewindProgress,
  type StepProgress,
} from "@runferry/core";

// Where in the folder of a run a value goes. `""` is the folder of the stream itself.

/** Behind it the HPARAMS table would fail as a whole: TensorBoard holds the step of a metric in 32 bits there. */
const largestStep = 2 ** 31 - 1;
/** Marks the places of such steps, which are in a folder beside that of the run. */
export const largeMark = "^";
export const largeFolder = "~large-steps";
/** Later stretches share the last place, so that what is remembered stays bounded. */
const mostLate = 999;

/** Where a point goes, and the step it has there. */
export interface PointPlace {
  readonly place: string;
  readonly step: number;
  /** Whether the step is only a count. */
  readonly counted: boolean;
}

/** Follows the steps of every series from what was there before the batch. */
export interface Steps {
  place(name: string, context: Context | undefined, step: number | undefined): PointPlace;
  rewind(fromStep: number): void;
}

export function createSteps(before: Before): Steps {
  const overlay = new Map<string, StepProgress>();
  let rewinds: number[] = [];

  function current(name: string, context: Context | undefined): StepProgress {
    const key = progressKey(name, context);
    let progress = overlay.get(key);
    if (!progress) {
      const known = progressOf(before, name, context);
      progress = known ? { ...known } : newProgress();
      for (const fromStep of rewinds) if (known) rewindProgress(progress, fromStep);
      overlay.set(key, progress);
    }
    return progress;
  }

  return {
    place(name, context, step) {
      const progress = current(name, context);
      const count = progress.withoutStep;
      const isPure = count === progress.count;
      addStep(progress, step);
      if (step === undefined) return { place: isPure ? "" : "no-step", step: count, counted: true };
      const late = step < progress.highestStep ? `late-${Math.min(progress.falls, mostLate)}` : "";
      const isLarge = step > largestStep || step < -largestStep;
      return { place: isLarge ? largeMark + late : late, step, counted: false };
    },
    rewind(fromStep) {
      for (const progress of overlay.values()) rewindProgress(progress, fromStep);
      rewinds = [...rewinds, fromStep];
    },
  };
}
