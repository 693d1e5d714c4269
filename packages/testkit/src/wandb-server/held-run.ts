import { createRunLines } from "./run-lines.ts";
import { base64, type HeldProject, type HeldRun, type WandbState } from "./state.ts";

export function createHeldRun(state: WandbState, project: HeldProject, name: string): HeldRun {
  const at = state.now();
  return {
    id: base64(`Run:v1:${name}:${project.name}:${project.entity}`),
    name,
    project,
    createdAt: at,
    displayName: `quiet-harbour-${project.runs.size + project.deleted.size + 1}`,
    notes: null,
    description: null,
    tags: [],
    group: null,
    jobType: null,
    commit: null,
    host: null,
    program: null,
    repo: null,
    sweep: null,
    config: "{}",
    summary: "{}",
    state: "running",
    exitcode: null,
    stopping: false,
    heartbeatAt: at,
    lines: createRunLines(),
    files: new Map(),
    reported: new Set(),
    outputs: new Set(),
    inputs: new Map(),
    alerts: [],
  };
}
