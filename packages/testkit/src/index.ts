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
export { toyClient } from "./toys/toy-client.ts";
export { toyFile } from "./toys/toy-file.ts";
export { toyFileSource } from "./toys/toy-file-source.ts";
export { type ToyFilePlace, type ToyFileSubject, toyFileSubject } from "./toys/toy-file-subject.ts";
export { startToyServer, type ToyServer, type ToyServerOptions } from "./toys/toy-server.ts";
export { type FaultKind, type FaultOptions, faultKinds, type ServerFaults } from "./toys/toy-server-faults.ts";
export { toyServerSource } from "./toys/toy-server-source.ts";
export {
  createToyServerSubject,
  type ToyServerPlace,
  type ToyServerSubject,
  toyServerSubject,
} from "./toys/toy-server-subject.ts";
