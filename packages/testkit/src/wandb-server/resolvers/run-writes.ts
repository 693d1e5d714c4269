import { parseExtended } from "../extended-json.ts";
import { createHeldRun } from "../held-run.ts";
import { refusal } from "../refusal.ts";
import type { HeldRun, RunState } from "../state.ts";
import type { Fields, ServerContext } from "./context.ts";
import { runFields } from "./runs.ts";

interface UpsertInput {
  readonly id?: string | null;
  readonly name?: string | null;
  readonly modelName?: string | null;
  readonly entityName?: string | null;
  readonly groupName?: string | null;
  readonly displayName?: string | null;
  readonly notes?: string | null;
  readonly description?: string | null;
  readonly tags?: readonly string[] | null;
  readonly jobType?: string | null;
  readonly config?: string | null;
  readonly summaryMetrics?: string | null;
  readonly host?: string | null;
  readonly jobProgram?: string | null;
  readonly jobRepo?: string | null;
  readonly commit?: string | null;
  readonly state?: string | null;
  readonly sweep?: string | null;
}

interface AlertInput {
  readonly entityName: string;
  readonly projectName: string;
  readonly runName: string;
  readonly title: string;
  readonly text: string;
  readonly severity?: string | null;
  readonly waitDuration?: number | null;
}

export function runMutations(context: ServerContext): Fields {
  const { state, entities } = context;

  function named(entity: string | null | undefined, project: string | null | undefined, name: string): HeldRun {
    const run = state.project(entity, project)?.runs.get(name);
    if (!run) throw refusal(404, `run ${entity}/${project}/${name} not found`);
    return run;
  }

  function byId(id: string): HeldRun {
    const run = state.runsById.get(id);
    if (!run) throw refusal(404, `run ${id} not found`);
    return run;
  }

  /** The run that is meant, made where there is none. */
  function upserted(input: UpsertInput): { readonly run: HeldRun; readonly inserted: boolean } {
    if (input.name == null) return { run: byId(input.id ?? ""), inserted: false };
    const entity = input.entityName || state.entity;
    if (!entities.includes(entity)) throw refusal(404, `entity ${entity} not found during upsertBucket`);
    if (input.modelName && badProjectName.test(input.modelName)) throw refusal(400, "invalid project name");
    const project = state.ensureProject(entity, input.modelName || "uncategorized");
    if (project.deleted.has(input.name)) {
      throw refusal(409, `run ${input.name} was previously created and deleted; try a new run name`);
    }
    const there = project.runs.get(input.name);
    if (there) return { run: there, inserted: false };
    const run = createHeldRun(state, project, input.name);
    project.runs.set(run.name, run);
    state.runsById.set(run.id, run);
    return { run, inserted: true };
  }

  return {
    upsertBucket({ input }: { readonly input: UpsertInput }) {
      const wrong = problemOf(input);
      if (wrong !== undefined) throw refusal(400, wrong);
      const { run, inserted } = upserted(input);
      update(run, input);
      if (input.name != null) run.heartbeatAt = state.now();
      return { bucket: runFields(context, run), inserted };
    },
    rewindRun({ input }: { readonly input: Readonly<Record<string, string>> & { readonly metricValue: number } }) {
      const run = named(input.entityName, input.projectName, input.runName ?? "");
      const steps = run.lines.steps();
      const first = steps.findIndex((step) => step !== undefined && step > input.metricValue);
      if (first !== -1) run.lines.cutHistory(first);
      return { rewoundRun: runFields(context, run) };
    },
    stopRun({ input }: { readonly input: { readonly id: string } }) {
      byId(input.id).stopping = true;
      return { success: true };
    },
    deleteRun({ input }: { readonly input: { readonly id: string } }) {
      const run = byId(input.id);
      run.project.runs.delete(run.name);
      run.project.deleted.add(run.name);
      state.runsById.delete(run.id);
      return { clientMutationId: null };
    },
    updateRunState({ input }: { readonly input: { readonly runId: string; readonly state: string } }) {
      byId(input.runId).state = input.state.toLowerCase() as RunState;
      return { success: true };
    },
    notifyScriptableRunAlert({ input }: { readonly input: AlertInput }) {
      const { title, text, severity, waitDuration } = input;
      const run = named(input.entityName, input.projectName, input.runName);
      run.alerts.push({ title, text, severity: severity ?? "INFO", waitDuration: waitDuration ?? undefined });
      return { success: true };
    },
  };
}

const badProjectName = /[/\\#?%:]|^.{129,}$/s;
const badRunId = /[:;,#?/']|^\s|\s$|^$/;

function problemOf(input: UpsertInput): string | undefined {
  if (input.name != null && badRunId.test(input.name)) return `invalid run id ${JSON.stringify(input.name)}`;
  const tag = input.tags?.find((text) => text.length < 1 || text.length > 64);
  if (tag !== undefined) return `invalid tag ${JSON.stringify(tag)}: 1 to 64 characters`;
  for (const part of ["config", "summaryMetrics"] as const) {
    const text = input[part];
    if (text != null && typeof parseExtended(text) !== "object") return `${part} is not a JSON object`;
  }
  return undefined;
}

/** What is null stays as it is. */
function update(run: HeldRun, input: UpsertInput): void {
  run.displayName = input.displayName ?? run.displayName;
  run.notes = input.notes ?? run.notes;
  run.description = input.description ?? run.description;
  run.tags = input.tags ?? run.tags;
  run.group = input.groupName ?? run.group;
  run.jobType = input.jobType ?? run.jobType;
  run.commit = input.commit ?? run.commit;
  run.host = input.host ?? run.host;
  run.program = input.jobProgram ?? run.program;
  run.repo = input.jobRepo ?? run.repo;
  run.sweep = input.sweep ?? run.sweep;
  run.config = input.config ?? run.config;
  run.summary = input.summaryMetrics ?? run.summary;
  if (input.state != null) run.state = input.state as RunState;
}
