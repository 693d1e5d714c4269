export { type TensorBoardOptions, tensorboard } from "./backend.ts";
export * from "./codec.ts";
export { keeps } from "./keep-rules.ts";
export { removeRun } from "./remove-run.ts";
export { tensorboardSource } from "./source.ts";
