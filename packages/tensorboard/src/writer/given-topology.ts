import { type Json, messageOf } from "@runferry/core";
import { topologyOf } from "../keras-graph.ts";
import { badValue } from "./values.ts";

/** The layers of a model, of what it tells of itself, or of the text of that. */
export function topologyFrom(model: object | string): Json {
  const topology = topologyOf(jsonOf(model));
  if (topology !== undefined) return topology;
  throw badValue(
    "addGraph was given no Keras model",
    "give a LayersModel, its toJSON(), or the content of a model.json",
  );
}

function jsonOf(model: unknown): Json {
  if (typeof model === "string") {
    try {
      return JSON.parse(model) as Json;
    } catch (cause) {
      throw badValue(`addGraph was given a text that is no JSON: ${messageOf(cause)}`);
    }
  }
  const { toJSON } = model as { readonly toJSON?: unknown };
  return typeof toJSON === "function" ? jsonOf(toJSON.call(model)) : (model as Json);
}
