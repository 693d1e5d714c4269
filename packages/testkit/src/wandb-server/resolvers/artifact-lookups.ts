import type { HeldProject } from "../state.ts";
import type { Fields, ServerContext } from "./context.ts";

export function artifactLookups(_context: ServerContext, _project: HeldProject): Fields {
  return {};
}
