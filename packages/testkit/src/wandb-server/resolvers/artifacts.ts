import type { HeldArtifact } from "../state.ts";
import type { Fields, ServerContext } from "./context.ts";

export function artifactFields(_context: ServerContext, artifact: HeldArtifact): Fields {
  return { id: artifact.id };
}
