import {
  describeMismatch,
  type ForwardOptions,
  type ForwardResult,
  fold,
  forward,
  type Journal,
  memoryDeliveries,
  missingFrom,
} from "@runferry/core";
import { instantClock } from "@runferry/testkit";
import type { LeftRun, WandbServer } from "@runferry/testkit/wandb-server";
import { keeps, type WandbOptions, wandb, wandbSource } from "../../src/index.ts";
import { optionsFor } from "./subject.ts";

export const project = "p";

/** Delivers a run as far as it goes, waiting for nothing. */
export async function deliver(
  server: WandbServer,
  journal: Journal,
  { more = {}, ...options }: Partial<ForwardOptions> & { readonly more?: WandbOptions } = {},
): Promise<ForwardResult> {
  const backend = wandb({ ...optionsFor(server, project), ...more });
  try {
    return await forward({
      clock: instantClock(),
      random: () => 0.5,
      retry: { attempts: 60 },
      deliveries: memoryDeliveries(),
      ...options,
      journal,
      backend,
    });
  } finally {
    await backend.close();
  }
}

/** What is there otherwise than it should be; nothing where all is well. */
export async function unlike(server: WandbServer, journal: Journal): Promise<readonly string[]> {
  const expected = keeps(await fold(journal, { mask: true }));
  const found = [];
  for await (const one of wandbSource(optionsFor(server, project)).runs({ ids: [journal.run] })) found.push(one);
  if (found.length !== 1) return [`${found.length} runs`];
  const actual = await fold(found[0]!);
  return [...missingFrom(actual, expected), ...missingFrom(expected, actual)].map(describeMismatch);
}

export async function left(server: WandbServer, run: string): Promise<LeftRun> {
  const held = await server.run(server.entity, project, run);
  if (!held) throw new Error(`the server holds no run ${run}`);
  return held;
}
