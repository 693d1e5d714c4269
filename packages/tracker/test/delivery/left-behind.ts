import { join } from "node:path";
import type { Recorded } from "@runferry/core";
import { eventsOf } from "../workshop.ts";
import type { Scene, Trainee } from "./scene.ts";

/** What a training leaves behind, without what two runs always differ in. */
export interface LeftBehind {
  readonly code: number | null;
  readonly output: string;
  readonly journal: readonly unknown[];
}

export async function leftBehind(at: Scene, { ended }: Trainee): Promise<LeftBehind & { readonly run: string }> {
  const { code, stdout, stderr } = await ended;
  const run = /^run (\S+)$/m.exec(stdout)![1]!;
  const events = await eventsOf(join(at.folder, "runferry"), run);
  return { run, code, output: (stdout + stderr).replaceAll(run, "<run>"), journal: events.map(unlike) };
}

/** An event without its time, and without what names its run. */
function unlike({ at: _at, ...event }: Recorded): unknown {
  if (event.kind !== "run.started") return event;
  const { id: _id, name: _name, createdAt: _createdAt, pid: _pid, command: _command, ...rest } = event;
  return rest;
}
