export { keeps } from "./keep-rules.ts";
export { type SideEffects, type WandbOfflineOptions, wandbOffline } from "./offline/backend.ts";
export { type WandbOfflineSourceOptions, wandbOfflineSource } from "./offline/source.ts";
