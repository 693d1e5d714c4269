export { keeps } from "./keep-rules.ts";
export * from "./codec.ts";
export { type TensorBoardOptions, tensorboard } from "./backend.ts";
