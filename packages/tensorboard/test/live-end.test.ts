import { forward, memoryDeliveries, memoryJournal, observerStream } from "@runferry/core";
import { expect, test } from "vitest";
import { needPeer } from "../../../tools/peers/peer.ts";
import { tensorboard } from "../src/index.ts";
import { type Loader, startTensorBoard, until } from "./server.ts";
import { temporaryFolder } from "./subject.ts";

const startedAt = 1_732_181_400_000;
const id = "01jd5x8f2v0000000000000000";
const allowedStatuses = ["STATUS_UNKNOWN", "STATUS_SUCCESS", "STATUS_FAILURE", "STATUS_RUNNING"];
const body = { experimentName: "", allowedStatuses, colParams: [], startIndex: 0, sliceSize: 10 };

const loaders: readonly Loader[] = ["python", "rustboard"];

test.for(loaders)("an open TensorBoard (%s) follows a run that was thought dead", async (loader, context) => {
  const { python } = needPeer(context, "tensorboard");
  const logdir = temporaryFolder();
  const backend = tensorboard({ logdir });
  const deliveries = memoryDeliveries();
  const journal = memoryJournal(id);
  const main = journal.writer();
  let step = 0;
  const log = (count: number) => {
    for (let i = 0; i < count; i++) {
      step++;
      main.append({ kind: "metrics.logged", step, values: { loss: 1 / step } }, startedAt + step);
    }
  };
  const send = () => forward({ journal, backend, deliveries });
  main.append({ kind: "run.started", format: 1, id, name: "r", experiment: "e", createdAt: startedAt }, startedAt);
  log(5);
  await send();

  async function shown(): Promise<{ points: number; status: string }> {
    const points = (await server.get("plugin/scalars/scalars?run=e%2Fr&tag=loss")) as readonly unknown[];
    const answer = (await server.post("plugin/hparams/session_groups", body)) as {
      sessionGroups: { sessions: { status: string }[] }[];
    };
    return { points: points.length, status: answer.sessionGroups[0]!.sessions[0]!.status };
  }
  const waitFor = async (points: number) => until(shown, (now) => now.points === points);

  let server = await startTensorBoard(python, logdir, loader);
  try {
    expect(await waitFor(5)).toEqual({ points: 5, status: "STATUS_UNKNOWN" });
    const observer = journal.writer(observerStream);
    observer.append({ kind: "run.ended", status: "killed", after: 6 }, startedAt + 10);
    await send();
    await server.stop();
    server = await startTensorBoard(python, logdir, loader);
    const failed = await until(shown, (now) => now.status === "STATUS_FAILURE");
    expect(failed).toEqual({ points: 5, status: "STATUS_FAILURE" });
    // It lives after all, and ends well: the page goes on at once, the status is right from the next start on.
    main.append({ kind: "run.resumed" }, startedAt + 20);
    log(5);
    main.append({ kind: "run.ended", status: "finished" }, startedAt + 30);
    await send();
    expect((await waitFor(10)).points).toBe(10);
    await server.stop();
    server = await startTensorBoard(python, logdir, loader);
    const finished = await until(shown, (now) => now.status === "STATUS_SUCCESS");
    expect(finished).toEqual({ points: 10, status: "STATUS_SUCCESS" });
  } finally {
    await server.stop();
  }
});
