import { type Json, spelled } from "@runferry/core";
import { type Document, isScalar, parseDocument, type Scalar, visit } from "yaml";

/** What JSON takes for a number. */
const number = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** YAML as JSON, with numbers as they are spelled. Throws for what is no YAML. */
export function parseYaml(text: string): Json {
  return jsonOf(parseDocument(text, { uniqueKeys: false }), (node) => {
    const { value, source = "" } = node;
    if (typeof value !== "number") return;
    if (number.test(source)) node.value = spelled(source);
    else if (/^[-+]?0\d/.test(source)) node.value = source; // what Python writes so is a text
  });
}

/**
 * YAML as JSON, in which everything is a text, a list, an object or null. What Python writes without quotes, such as the
 * digest 12e45678, is more than once a number for others.
 */
export function parseYamlTexts(text: string): Json {
  return jsonOf(parseDocument(text, { uniqueKeys: false, schema: "failsafe" }), (node) => {
    if (node.type === "PLAIN" && /^(?:|~|null)$/.test(node.source ?? "")) node.value = null;
  });
}

function jsonOf(document: Document.Parsed, change: (node: Scalar) => void): Json {
  const [damage] = document.errors;
  if (damage) throw damage;
  visit(document, {
    Scalar(key, node) {
      if (key !== "key" && isScalar(node)) change(node);
    },
  });
  return document.toJS({ maxAliasCount: 100 }) as Json;
}
