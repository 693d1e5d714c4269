export { detectLayout, layouts } from "./detect.ts";
export { engine } from "./engine.ts";
export { lab } from "./lab.ts";
export type { Layout, LayoutOptions } from "./layout.ts";
export { neural } from "./neural.ts";
