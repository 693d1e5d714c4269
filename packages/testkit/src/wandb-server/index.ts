export { acceptedDifferences, compareLeft } from "./compare-left.ts";
export type { Fault, FaultSchedule, FaultyAnswer, WandbFaults } from "./faults.ts";
export type { LeftArtifact, LeftEntry, LeftFile, LeftRun } from "./left-run.ts";
export type { RateLimit } from "./rate-limit.ts";
export type { RequestKind, SeenRequest } from "./requests.ts";
export { sentFields, unknownFields } from "./sent-fields.ts";
export { startWandbServer, type WandbServer, type WandbServerOptions } from "./server.ts";
