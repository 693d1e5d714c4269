import { parseExtended } from "../extended-json.ts";
import { type HeldRun, isoTime } from "../state.ts";
import { artifactFields } from "./artifacts.ts";
import type { Fields, ServerContext } from "./context.ts";
import { historyFields } from "./history.ts";
import { logLines } from "./log-lines.ts";
import { type PageArguments, page } from "./page.ts";
import { projectFields } from "./projects.ts";
import { runFileFields } from "./run-files.ts";
import { userFields } from "./viewer.ts";

const tailLength = 1;

export function runFields(context: ServerContext, run: HeldRun): Fields {
  const tail = (lines: readonly (string | undefined)[]) =>
    JSON.stringify(lines.slice(-tailLength).filter((line) => line !== undefined));
  return {
    __typename: "Run",
    id: run.id,
    projectId: run.project.number,
    name: run.name,
    displayName: run.displayName,
    description: run.description,
    notes: run.notes,
    tags: run.tags,
    state: run.state,
    group: run.group,
    jobType: run.jobType,
    commit: run.commit,
    host: run.host,
    program: run.program,
    repo: run.repo,
    sweepName: run.sweep,
    readOnly: false,
    createdAt: isoTime(run.createdAt),
    heartbeatAt: isoTime(run.heartbeatAt),
    user: () => userFields(context.entities),
    project: () => projectFields(context, run.project),
    exitcode: run.exitcode,
    stopped: run.stopping,
    config: run.config,
    wandbConfig: ({ keys }: { readonly keys?: readonly string[] }) => wandbConfig(run.config, keys),
    summaryMetrics: run.summary,
    systemMetrics: () => run.lines.of("wandb-events.jsonl").at(-1) ?? "{}",
    historyLineCount: () => run.lines.of("wandb-history.jsonl").length,
    eventsLineCount: () => run.lines.of("wandb-events.jsonl").length,
    logLineCount: () => run.lines.of("output.log").length,
    historyTail: () => tail(run.lines.of("wandb-history.jsonl")),
    eventsTail: () => tail(run.lines.of("wandb-events.jsonl")),
    logLines: logLines(run),
    ...historyFields(run),
    ...runFileFields(context, run),
    outputArtifacts: (asked: PageArguments) => artifactsOf([...run.outputs], asked),
    inputArtifacts: (asked: PageArguments) => artifactsOf([...run.inputs.keys()], asked),
  };

  function artifactsOf(all: Parameters<typeof artifactFields>[1][], asked: PageArguments): Fields {
    return page(all, asked, (artifact) => ({
      node: artifactFields(context, artifact),
      version: `v${artifact.version ?? 0}`,
    }));
  }
}

/** The chosen keys of what the config holds under `_wandb`, as JSON text. */
function wandbConfig(config: string, keys: readonly string[] | undefined): string {
  const whole = parseExtended(config) as { readonly _wandb?: { readonly value?: Record<string, unknown> } } | undefined;
  const own = Object.entries(whole?._wandb?.value ?? {});
  return JSON.stringify(Object.fromEntries(own.filter(([key]) => keys === undefined || keys.includes(key))));
}
