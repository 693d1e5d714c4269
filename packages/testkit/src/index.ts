export { Crash, type CrashPoints, createCrashPoints, noCrash } from "./crash-points.ts";
export { createFaultFs, type Fault, type FaultableFileSystem, type FaultCode, type FaultFs } from "./fault-fs.ts";
export type {
  BackendSubject,
  JournalPlace,
  JournalSubject,
  OpenJournal,
  Place,
  SourcePlace,
  SourceSubject,
} from "./subject.ts";
