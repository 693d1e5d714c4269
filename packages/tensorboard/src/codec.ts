// Event files without runs, stores or Node: for anyone who only wants to write or read one.
export { createEventFile, type EventFile, type EventFileOptions, type ScalarOptions } from "./event-file.ts";
export type * from "./messages.ts";
export {
  createEventReader,
  type EventReader,
  type EventVisitor,
  type Found,
  readEventFile,
} from "./read-event-file.ts";
export type { RecordReaderOptions } from "./record-reader.ts";
export type { ScannedScalars } from "./scan-scalars.ts";
export { eventCodec, hparamsCodec, type MessageCodec } from "./schema.ts";
export { numbersOf, numberTensor, stringsOf, stringTensor } from "./tensor.ts";
