import type { Json } from "@runferry/core";
import { flatParams, hparamsValue, sessionEnd, sessionStart } from "../hparams.ts";
import type { HParamValue, Value } from "../messages.ts";
import { experimentCodec } from "./plugin-schema.ts";

export interface SessionOptions {
  readonly hparams: { readonly [name: string]: Json };
  readonly metrics: readonly string[];
  /** The values that a param may have, to choose from in the tab. */
  readonly domains: { readonly [name: string]: readonly (string | number | boolean)[] };
  readonly at: number;
}

/** A session of the HPARAMS tab that is over: its columns, its params and its end. */
export function sessionValues({ hparams, metrics, domains, at }: SessionOptions): readonly Value[] {
  const given = Object.entries(hparams).filter(([, value]) => value !== undefined);
  const hparamInfos = [...flatParams(given)].map(([name, value]) => {
    const domain = Object.hasOwn(domains, name) ? domains[name] : undefined;
    const type = typeOf(value);
    if (domain === undefined) return { name, type };
    return { name, type, domainDiscrete: { values: domain.flatMap((one) => [...flatParams([[name, one]]).values()]) } };
  });
  const metricInfos = metrics.map((tag) => ({ name: { tag: tag.toWellFormed() } }));
  const content = experimentCodec.encode({ experiment: { hparamInfos, metricInfos } });
  return [hparamsValue("_hparams_/experiment", content), sessionStart(given, at), sessionEnd("finished", at)];
}

function typeOf(value: HParamValue): number {
  if (value.stringValue !== undefined) return 1;
  return value.boolValue === undefined ? 3 : 2;
}
