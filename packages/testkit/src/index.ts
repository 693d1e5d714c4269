export { Crash, type CrashPoints, createCrashPoints, noCrash } from "./crash-points.ts";
export { deliveriesInFile } from "./deliveries-in-file.ts";
export { describeBackend, describeJournal, describeSource } from "./describe.ts";
export { createFaultFs, type Fault, type FaultableFileSystem, type FaultCode, type FaultFs } from "./fault-fs.ts";
export { awkwardJson, awkwardNumbers, awkwardTexts, collidingNames, innocents } from "./hostile/corpus.ts";
export type { HostileRun } from "./hostile/draft.ts";
export { awkwardPaths } from "./hostile/files.ts";
export { type HostileSizes, hostileRuns } from "./hostile/hostile-runs.ts";
export { plainRun, smallRun } from "./hostile/plain-runs.ts";
export { secretRun } from "./hostile/secrets.ts";
export { awkwardSteps } from "./hostile/steps.ts";
export { instantClock } from "./instant-clock.ts";
export { type KeptPlace, keepPlace } from "./keep-place.ts";
export { killedChild } from "./killed-child.ts";
export { type Broken, brokenBackends } from "./laws/broken.ts";
export { brokenJournals } from "./laws/broken-journals.ts";
export { brokenSources } from "./laws/broken-sources.ts";
export { backendLaws } from "./laws/index.ts";
export { journalLaws } from "./laws/journal.ts";
export { type Law, LawBroken } from "./laws/law.ts";
export { sourceLaws } from "./laws/source.ts";
export { type MappingTableOptions, mappingTable } from "./mapping-table.ts";
export { memoryJournalSubject } from "./memory-journal-subject.ts";
export { memorySourceSubject } from "./memory-source-subject.ts";
export { memorySubject } from "./memory-subject.ts";
export { createRandom, type Random } from "./random.ts";
export { removeFolder } from "./remove-folder.ts";
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
