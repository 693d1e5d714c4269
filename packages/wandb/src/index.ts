export { checkWandb, type WandbCheck } from "./check-wandb.ts";
export * from "./client/index.ts";
export { type PlaceParts, placeAddress, placeParts } from "./client/place-address.ts";
export { keeps } from "./keep-rules.ts";
export { type SideEffects, type WandbOfflineOptions, wandbOffline } from "./offline/backend.ts";
export { createRemoveOfflineRun } from "./offline/remove-run.ts";
export { type WandbOfflineSourceOptions, wandbOfflineSource } from "./offline/source.ts";
export { type WandbOptions, wandb } from "./online/backend.ts";
export { removeRun, type WandbSourceOptions, wandbSource } from "./online/source.ts";
