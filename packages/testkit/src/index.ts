export { Crash, type CrashPoints, createCrashPoints, noCrash } from "./crash-points.ts";
export type {
  BackendSubject,
  JournalPlace,
  JournalSubject,
  OpenJournal,
  Place,
  SourcePlace,
  SourceSubject,
} from "./subject.ts";
