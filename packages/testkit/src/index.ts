export { Crash, type CrashPoints, createCrashPoints, noCrash } from "./crash-points.ts";
export { awkwardJson, awkwardNumbers, awkwardTexts, collidingNames, innocents } from "./hostile/corpus.ts";
export type { HostileRun } from "./hostile/draft.ts";
export { awkwardPaths } from "./hostile/files.ts";
export { type HostileSizes, hostileRuns } from "./hostile/hostile-runs.ts";
export { plainRun, smallRun } from "./hostile/plain-runs.ts";
export { secretRun } from "./hostile/secrets.ts";
export { awkwardSteps } from "./hostile/steps.ts";
export { createRandom, type Random } from "./random.ts";
export { type Rounds, rounds } from "./rounds.ts";
export type {
  BackendSubject,
  JournalPlace,
  JournalSubject,
  OpenJournal,
  Place,
  SourcePlace,
  SourceSubject,
} from "./subject.ts";
