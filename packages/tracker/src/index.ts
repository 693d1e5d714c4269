export { type ConfigFile, readConfig, type WrittenLayout } from "./config-file.ts";
export type { MeasuredWhen, TableOptions } from "./data-verbs.ts";
export { stillToCome } from "./delivery/await-delivery.ts";
export type { DestinationStatus } from "./delivery/delivery-status.ts";
export { deliveryStatus } from "./delivery/delivery-status.ts";
export { type FollowStoreOptions, followStore } from "./delivery/follow-store.ts";
export { goneWith, isGoneFolder } from "./delivery/gone-folder.ts";
export type { DeliveryLag } from "./delivery/lag-watch.ts";
export { remotePlaces } from "./delivery/run-places.ts";
export { type SyncedRun, type SyncOptions, syncRuns } from "./delivery/sync-runs.ts";
export { type Destination, openDestination, type PlaceFacts, type Removal, resolvePlace } from "./destination.ts";
export type { Episodes } from "./episode.ts";
export {
  type AudioOptions,
  audio,
  type Bytes,
  type FigureOptions,
  figure,
  type HistogramValue,
  histogram,
  type ImageOptions,
  image,
  isMedia,
  type MediaValue,
  table,
  text,
} from "./media-values.ts";
export type { LoggedValues, When } from "./metric-log.ts";
export type { ModelHandle, ModelOptions, RegisterOptions } from "./models.ts";
export type { Trouble } from "./notices.ts";
export type { NestedNumbers, NumpyOptions, NumpyType, ShapedNumbers } from "./npy.ts";
export type { TensorLike } from "./numbers.ts";
export { openServer } from "./open-server.ts";
export type {
  EndOptions,
  JoinOptions,
  Mode,
  Resume,
  ResumeOptions,
  RunOptions,
  StartRunOptions,
  Tags,
  TrackerOptions,
  Wiring,
} from "./options.ts";
export { type NamedPlaces, type Place, type PlaceKind, parsePlace, parsePlaces } from "./places.ts";
export * from "./read/index.ts";
export { Run, type RunParts } from "./run.ts";
export type { ArtifactOptions, FileHandle } from "./run-files.ts";
export { readSettings, type Settings } from "./settings.ts";
export { shellWord } from "./shell-word.ts";
export { joinRun, resumeRun, startRun } from "./start-run.ts";
export { durationText, statusOf } from "./status.ts";
export type { TableData } from "./table-data.ts";
export { Tracker } from "./tracker.ts";
