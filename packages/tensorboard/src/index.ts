export { type TensorBoardOptions, tensorboard } from "./backend.ts";
export * from "./codec.ts";
export { type EventLog, type EventLogOptions, openEventLog } from "./event-log.ts";
export { keeps } from "./keep-rules.ts";
export { histogramValue } from "./media-value.ts";
export { tensorboardSource } from "./source.ts";
