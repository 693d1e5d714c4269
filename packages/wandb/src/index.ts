export * from "./client/index.ts";
export { keeps } from "./keep-rules.ts";
export { type WandbOptions, wandb } from "./online/backend.ts";
export { type WandbSourceOptions, wandbSource } from "./online/source.ts";
