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
export { toyFile } from "./toys/toy-file.ts";
export { toyFileSource } from "./toys/toy-file-source.ts";
export { type ToyFilePlace, toyFileSubject } from "./toys/toy-file-subject.ts";
