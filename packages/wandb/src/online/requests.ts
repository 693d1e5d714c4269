import type { RunToSend, RunView } from "@runferry/core";
import { layMedia } from "../mapping/index.ts";

/** So many files are made of one batch at most. */
export const mostMade = 32;

/** An artifact is made, given a manifest, filled with what it says of itself, and committed. */
const ofArtifact = 7;

/**
 * How many requests a run takes that the server does not have: what `write` asks for, counted from the run. Further
 * streams are runs of their own there.
 */
export function requests({ view, kept, streams }: RunToSend): number {
  return streams * begin + made(view) + records(view, kept) + files(view) + (kept.ended ? 2 : 0);
}

/** It is looked for and created, its `wandb-metadata.json` is placed and put, and its first lines are sent. */
const begin = 5;

function made({ media, alerts }: RunView): number {
  const files = media.reduce((sum, event) => sum + (layMedia(event)?.made.length ?? 0), 0);
  // What is made of a batch is placed at once; the first batch is counted already.
  const batches = Math.max(0, Math.ceil(files / mostMade) - 1);
  return files + batches * 2 + (alerts.length > 0 ? 1 : 0);
}

function records({ artifacts, registered }: RunView, { datasets, models }: RunView): number {
  const inModels = models.flatMap(({ path }) =>
    [...artifacts.keys()].filter((file) => file === path || file.startsWith(`${path}/`)),
  );
  const batches = 1; // each ends one, and the next begins with its own line
  return (
    (ofArtifact + 1 + batches) * datasets.length +
    (ofArtifact + batches) * models.length +
    inModels.length +
    2 * registered.length
  );
}

/** Each is placed, put, and said to be there. */
function files({ artifacts, replaced, media }: RunView): number {
  const sent = [...artifacts.values(), ...replaced].filter(({ reference }) => reference === undefined);
  return 3 * (sent.length + media.filter((event) => layMedia(event)?.sent !== undefined).length);
}
