import {
  canonicalJson,
  type DatasetUsed,
  type Dated,
  isJsonObject,
  type Json,
  parseJson,
  stringifyJson,
} from "@runferry/core";
import type { DatasetInput } from "./client/index.ts";
import { sha256 } from "./hash.ts";
import { escapeTitle } from "./names.ts";
import { textValue } from "./texts.ts";

const longestDigest = 36;
const contextTag = "mlflow.data.context";

/** A dataset as MLflow has it: always with a digest. */
export function keptDataset({
  kind,
  at,
  name,
  digest,
  source,
  purpose,
  metadata,
}: Dated<DatasetUsed>): Dated<DatasetUsed> {
  const given = digest === undefined || digest === "" ? undefined : textValue(digest);
  const made = () =>
    sha256(canonicalJson([name, digest ?? null, source ?? null, purpose ?? null, metadata ?? null])).slice(0, 16);
  return {
    kind,
    at,
    name: escapeTitle(name, 500),
    digest: given === undefined || given.length > longestDigest ? made() : given,
    ...(source === undefined ? {} : { source: textValue(source) }),
    ...(purpose === undefined ? {} : { purpose: textValue(purpose).slice(0, 500) }),
    ...(metadata === undefined ? {} : { metadata }),
  };
}

/** MLflow tells datasets of an experiment apart by these two. */
export function sameDataset(a: DatasetUsed, b: DatasetUsed): boolean {
  return a.name === b.name && a.digest === b.digest;
}

export function datasetInput({ name, digest = "", source, purpose, metadata }: DatasetUsed): DatasetInput {
  return {
    tags: purpose === undefined ? [] : [{ key: contextTag, value: purpose }],
    dataset: {
      name,
      digest,
      source_type: sourceType(source),
      source: stringifyJson(source === undefined ? {} : { uri: source }),
      ...(metadata === undefined ? {} : { profile: stringifyJson(metadata) }),
    },
  };
}

function sourceType(source: string | undefined): string {
  if (source === undefined) return "code";
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(source)?.[1]?.toLowerCase();
  if (scheme === undefined) return "local";
  return scheme.startsWith("http") ? "http" : scheme;
}

/** What is told of a dataset that this package or any other wrote. */
export function datasetUsed({ tags = [], dataset }: DatasetInput, at: number): Dated<DatasetUsed> {
  const source = sourceOf(dataset.source);
  const purpose = tags.find(({ key }) => key === contextTag)?.value;
  const profile = jsonOf(dataset.profile);
  const schema = jsonOf(dataset.schema);
  const metadata = {
    ...(isJsonObject(profile) ? profile : profile === undefined ? {} : { profile }),
    ...(schema === undefined ? {} : { schema }),
  };
  const hasMetadata = profile !== undefined || schema !== undefined;
  return {
    kind: "dataset.used",
    at,
    name: dataset.name,
    digest: dataset.digest,
    ...(source === undefined ? {} : { source }),
    ...(purpose === undefined ? {} : { purpose }),
    ...(hasMetadata ? { metadata } : {}),
  };
}

function sourceOf(text: string): string | undefined {
  const json = jsonOf(text);
  if (!isJsonObject(json)) return text === "" ? undefined : text;
  for (const key of ["uri", "url", "path"]) if (typeof json[key] === "string") return json[key];
  return Object.keys(json).length === 0 ? undefined : text;
}

function jsonOf(text: string | undefined): Json | undefined {
  if (text === undefined || text === "") return undefined;
  try {
    return parseJson(text);
  } catch {
    return text;
  }
}
