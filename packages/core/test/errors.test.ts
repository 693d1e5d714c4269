import { errorCodes, isRunferryError, messageOf, RunferryError } from "@runferry/core";
import { describe, expect, test } from "vitest";

describe("errors", () => {
  const error = new RunferryError("not_found", "no run a", {
    hint: "list them",
    data: "nothing was changed",
    cause: 7,
  });

  test("say what, what to do, and what state the data is in", () => {
    expect(error.explain()).toBe("no run a [not_found]\n  what to do: list them\n  your data: nothing was changed");
    expect(JSON.parse(JSON.stringify(error))).toEqual({
      code: "not_found",
      message: "no run a",
      hint: "list them",
      data: "nothing was changed",
    });
    expect([error.name, error.cause]).toEqual(["RunferryError", 7]);
    expect(new Set(errorCodes).size).toBe(errorCodes.length);
  });

  test("are told from others, and by code", () => {
    expect([isRunferryError(error), isRunferryError(error, "not_found"), isRunferryError(error, "gone")]).toEqual([
      true,
      true,
      false,
    ]);
    for (const other of [new Error("x"), null, undefined, "text", {}]) expect(isRunferryError(other)).toBe(false);
    expect([messageOf(error), messageOf("text"), messageOf(undefined)]).toEqual(["no run a", "text", "undefined"]);
  });
});
