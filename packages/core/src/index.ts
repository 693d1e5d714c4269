export { type BatchLimits, defaultBatch } from "./batch.ts";
export type { Before, BeforeFold, MediaProgress, MetricProgress } from "./before.ts";
export {
  addPoint,
  addStep,
  createBefore,
  newProgress,
  type Progress as StepProgress,
  progressKey,
  progressOf,
  rewindProgress,
} from "./before.ts";
export { checkEvent, isKnownKind, problemOf } from "./check-event.ts";
export { type Clock, systemClock, toMicros } from "./clock.ts";
export { createEncoder, eventBody, maxLineBytes } from "./codec.ts";
export { describeMismatch, keyOf, keysOf, type Mismatch, missingFrom } from "./compare.ts";
export {
  type Backend,
  type Cursor,
  type Deliveries,
  type Delivery,
  type FollowOptions,
  type Journal,
  type Lane,
  maxMemoBytes,
  type OpenOptions,
  type Outcome,
  type Parked,
  type ReadOptions,
  type Remote,
  type RunHead,
  type RunsOptions,
  type RunToSend,
  type Source,
  type Stream,
  type StreamDelivery,
  startCursor,
  type Trouble,
  unreadHash,
  type WriteContext,
  type Writer,
} from "./contract.ts";
export { type Checksum, crc32, createCrc32 } from "./crc32.ts";
export { csvCell, csvLine } from "./csv-line.ts";
export { createDecoder, type Damage, type Decoded, type Decoder, isDamage } from "./decoder.ts";
export {
  addDifferences,
  countOf,
  createTally,
  type Difference,
  describeDifferences,
  type Grade,
  type Tally,
} from "./differences.ts";
export { type ErrorCode, type ErrorDetails, errorCodes, isRunferryError, messageOf, RunferryError } from "./errors.ts";
export * from "./events.ts";
export type { Placed } from "./facts.ts";
export * from "./filter/index.ts";
export { createFold, type Dated, type Fold, fold, type MetricView, type RunView } from "./fold.ts";
export { type ForwardOptions, type ForwardResult, forward } from "./forward.ts";
export { getOrCreate } from "./get-or-create.ts";
export { type Item, itemsOf, itemText } from "./items.ts";
export { type JoinedSignal, joinSignals } from "./join-signals.ts";
export {
  canonicalJson,
  isJsonList,
  isJsonObject,
  isSpelled,
  type Json,
  type JsonObject,
  mapJsonObject,
  parseJson,
  type SpelledNumber,
  sameJson,
  spelled,
  stringifyJson,
} from "./json.ts";
export { applyRule, type Fate, type KeepRules, keepView, type Named, type Rule } from "./keep.ts";
export { createEventKeeper, type EventKeeper } from "./keep-event.ts";
export { hasBegun } from "./ledger.ts";
export { type Masked, maskEvent, masked, maskText, namesSecret } from "./mask.ts";
export { bytesOf, type MemoryPlace, memoryDeliveries, memoryPlace } from "./memory-backend.ts";
export { type MemoryJournal, memoryJournal } from "./memory-journal.ts";
export { missingEvents, type TimedEvent } from "./missing-events.ts";
export { parseBody } from "./parse-line.ts";
export { problemOfPath } from "./paths.ts";
export { type DeliveryState, describeProgress, type Progress, type ProgressPlace } from "./progress.ts";
export { createRecovery, type Recovered, type Recovery } from "./recover.ts";
export { defaultRetry, type RetryPolicy } from "./retry.ts";
export { copyRunId, createRunId, destinationName, importedRunId, isRunId } from "./run-id.ts";
export {
  comparePoints,
  contextKey,
  joinSeries,
  type Point,
  type Series,
  type SeriesSummary,
  seriesFrom,
  summarise,
} from "./series.ts";
export { startOf } from "./start-of.ts";
export { type CheckedStep, checkStep } from "./steps.ts";
export { readThrough, type Telling, toldAddress } from "./telling.ts";
export { createTurns, type Turns } from "./turns.ts";
export { type Upcaster, upcast } from "./upcast.ts";
export { plan, type Verdict, verify } from "./verify.ts";
export { createStamper, type Stamper } from "./writer.ts";
