import { parsePlace, parsePlaces } from "@runferry/tracker";
import { describe, expect, it } from "vitest";

const places = { lab: "mlflow:http://ml.lab:5000", mlflow: "tensorboard:./tb" };

it.each([
  ["local", { kind: "local" }],
  ["mlflow", { kind: "mlflow" }],
  ["mlflow:https://ml.example.com/path", { kind: "mlflow", address: "https://ml.example.com/path" }],
  ["wandb:team/ctr", { kind: "wandb", address: "team/ctr" }],
  ["wandb-offline:./wandb", { kind: "wandb-offline", address: "./wandb" }],
  ["tensorboard:/data/tb", { kind: "tensorboard", address: "/data/tb" }],
  ["local:./copy", { kind: "local", address: "./copy" }],
  ["csv:out", { kind: "csv", address: "out" }],
  ["parquet:out:2", { kind: "parquet", address: "out:2" }],
])("%s is a place", (text, place) => {
  expect(parsePlace(text)).toEqual(place);
});

it("a name of runferry.yaml is a place, before the kinds", () => {
  expect(parsePlace("lab", places)).toEqual({ kind: "mlflow", address: "http://ml.lab:5000", name: "lab" });
  expect(parsePlace("mlflow", places)).toEqual({ kind: "tensorboard", address: "./tb", name: "mlflow" });
  expect(() => parsePlace("toString", places)).toThrow("there is no kind of place");
});

it("both is local and MLflow; a list is that list, each once", () => {
  expect(parsePlaces("both")).toEqual([{ kind: "local" }, { kind: "mlflow" }]);
  expect(parsePlaces(["both", "mlflow", "tensorboard"]).map(({ kind }) => kind)).toEqual([
    "local",
    "mlflow",
    "tensorboard",
  ]);
  expect(parsePlaces("local, lab", places).map(({ kind }) => kind)).toEqual(["local", "mlflow"]);
});

describe("what is no place", () => {
  it.each([
    ["tensorbord:./tb", 'there is no kind of place "tensorbord" (did you mean tensorboard?)'],
    ["http://ml.lab:5000", 'there is no kind of place "http" (did you mean mlflow: before the URL?)'],
    ["", 'there is no kind of place ""'],
    ["mlflow:", "must not be empty"],
    ["mlflow:ml.lab:5000", "does not begin with http://"],
    ["mlflow:localhost:5000/base", "does not begin with http://"],
    ["mlflow:ftp://ml.lab", "is not the address of an MLflow server"],
    ["mlflow:./mlruns", "is a folder"],
    ["mlflow:file:///data/mlruns", "is a folder"],
    ["mlflow:sqlite:///mlflow.db", "is a database"],
    ["mlflow:databricks", "databricks"],
    ["mlflow:http://", "is no URL"],
    ["wandb:a/b/c", "must be entity/project"],
    ["wandb:https://lab.example/team/100%", 'has "100%" in it'],
  ])("%j", (text, message) => {
    expect(() => parsePlace(text)).toThrow(message);
  });

  it.each([
    "mlflow:https://user:hunter2@ml.lab",
    "mlflow:https://hunter2@ml.lab",
    "mlflow:https://ml.lab/?token=hunter2",
    "mlflow:https://ml.lab/?api_key=hunter2",
    "mlfow:https://user:hunter2@ml.lab",
    "https://user:hunter2@ml.lab",
    "wandb:https://user:hunter2@api.wandb.ai/a/b",
  ])("an address with credentials is refused, with the remedy, and not repeated: %s", (text) => {
    const error = failureOf(() => parsePlace(text));
    expect(JSON.stringify(error)).not.toContain("hunter2");
    if (text.startsWith("mlflow:"))
      expect(error).toMatchObject({ hint: expect.stringContaining("MLFLOW_TRACKING_TOKEN") });
  });
});

function failureOf(work: () => unknown): unknown {
  try {
    work();
  } catch (cause) {
    return { ...(cause as object), message: (cause as Error).message };
  }
  throw new Error("it did not throw");
}
