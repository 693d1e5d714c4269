/** Counts the epochs and batches of all trainings of a run, so that a second one goes on where the first one stopped. */
export interface Epochs {
  trainBegins(): void;
  /** The step of an epoch: its own number, or where that was there in an earlier training, the next one. */
  stepOf(epoch: number): number;
  epochEnded(epoch: number): void;
  /** The step of the batch that has ended. */
  nextBatch(): number;
}

interface Progress {
  nextEpoch: number;
  nextBatch: number;
}

const runs = new WeakMap<object, Map<string, Progress>>();

/** Those of one prefix in a run: two models may be trained in turns. */
export function epochsOf(run: object, prefix: string): Epochs {
  const prefixes = runs.get(run) ?? new Map<string, Progress>();
  runs.set(run, prefixes);
  const progress = prefixes.get(prefix) ?? { nextEpoch: 0, nextBatch: 0 };
  prefixes.set(prefix, progress);
  let shift: number | undefined;

  function stepOf(epoch: number): number {
    shift ??= Math.max(0, progress.nextEpoch - epoch);
    return epoch + shift;
  }

  return {
    trainBegins() {
      shift = undefined;
    },
    stepOf,
    epochEnded(epoch) {
      progress.nextEpoch = Math.max(progress.nextEpoch, stepOf(epoch) + 1);
    },
    nextBatch: () => progress.nextBatch++,
  };
}
