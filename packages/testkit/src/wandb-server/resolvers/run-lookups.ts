import type { HeldProject } from "../state.ts";
import type { Fields, ServerContext } from "./context.ts";
import { type PageArguments, page } from "./page.ts";
import { filteredRuns, sortedRuns } from "./run-filters.ts";
import { runFields } from "./runs.ts";

interface RunsArguments extends PageArguments {
  readonly filters?: string | null;
  readonly order?: string | null;
}

export function runLookups(context: ServerContext, project: HeldProject): Fields {
  return {
    runs: ({ filters, order, ...asked }: RunsArguments) =>
      page(sortedRuns(filteredRuns([...project.runs.values()], filters), order), asked, (run) => ({
        node: runFields(context, run),
      })),
    runCount: ({ filters }: RunsArguments) => filteredRuns([...project.runs.values()], filters).length,
  };
}
