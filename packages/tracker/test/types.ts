// Compiled with all tests, never run: what the types allow and what they do not.
import { histogram, image, parsePlace, type Run, startRun, Tracker } from "@runferry/tracker";

export async function allowed(): Promise<readonly [string, number]> {
  const tracker = new Tracker({ experiment: "e", backend: ["mlflow", "wandb:team/ctr"], tags: { fold: 1 } });
  const run: Run = startRun({
    experiment: "e",
    params: { hidden: [1], at: new Date() },
    resume: true,
    parent: tracker.startRun(),
  });
  run.log({ loss: 1, big: 1n, picture: image("a.png"), h: histogram(new Float32Array(3)), nested: { a: 1 } }, 1);
  run.logMetrics({ loss: 1 }, { step: 1, at: new Date(), context: { dataset: "test" } });
  run.setStatus("completed");
  const { path } = await run.logModel(new Uint8Array(), { flavor: "onnx" });
  run.registerModel("m", { path }, { aliases: ["best"] });
  const kind: "local" | "mlflow" | "wandb" | "wandb-offline" | "tensorboard" | "csv" | "parquet" = parsePlace("x").kind;
  const count: number = await tracker.run({ name: "n" }, (inner) => inner.name.length);
  return [kind, count];
}

export function refused(run: Run): void {
  // @ts-expect-error a typo
  startRun({ experimnet: "e" });
  // @ts-expect-error no such mode
  new Tracker({ mode: "off" });
  // @ts-expect-error a name needs values
  run.log("loss", 1);
  // @ts-expect-error a step is a number
  run.log({ loss: 1 }, "1");
  // @ts-expect-error what was logged is not changed
  run.id = "x";
  // @ts-expect-error no such goal
  run.defineMetric("loss", { goal: "lower" });
  // @ts-expect-error no such level
  run.alert("a", { level: "fatal" });
  // @ts-expect-error a tag is text, a number or a boolean
  startRun({ tags: { a: { b: 1 } } });
}
