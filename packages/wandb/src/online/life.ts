import { isJsonObject, type JsonObject, type RunEnded, stringifyJson } from "@runferry/core";
import { exitCodeOf, isVoid, observedKey, parseExtendedConfig } from "../mapping/index.ts";
import { runKey } from "../mapping/names.ts";
import { withPlainNumbers } from "../mapping/plain-numbers.ts";

/** How a run goes on, as the server and this process know it: of streams in whatever order. */
export interface Life {
  /** An end that was seen from outside, as it stands in the config there. */
  observed: JsonObject | undefined;
  /** The last event of `main` that was written here. */
  mainSeq: number;
  mainEnded: boolean;
}

/** What the config of a run there says of it; undefined where it is not there. */
export function lifeIn(config: string | undefined): Life {
  const all = parseExtendedConfig(config ?? "{}");
  const wrapped = isJsonObject(all) ? all[runKey] : undefined;
  const told = isJsonObject(wrapped) && isJsonObject(wrapped.value) ? wrapped.value : {};
  const observed = told[observedKey];
  return {
    observed: isJsonObject(observed) ? withPlainNumbers(observed) : undefined,
    mainSeq: 0,
    mainEnded: told.ended !== undefined,
  };
}

/** The exit code of an end from outside that holds. */
export function observedCode({ observed, mainSeq, mainEnded }: Life): number | undefined {
  if (!observed || mainEnded || isVoid(observed, mainSeq)) return undefined;
  return exitCodeOf(observed as unknown as RunEnded);
}

/** The config as it is there, with this end seen from outside or with none. */
export function withObserved(config: string, observed: JsonObject | undefined): string {
  const all = parseExtendedConfig(config);
  const entries = isJsonObject(all) ? Object.entries(all) : [];
  return stringifyJson(
    Object.fromEntries(
      entries.map(([key, wrapped]) => {
        if (key !== runKey || !isJsonObject(wrapped) || !isJsonObject(wrapped.value)) return [key, wrapped];
        const { [observedKey]: _earlier, ...told } = wrapped.value;
        return [key, { value: observed ? { ...told, [observedKey]: observed } : told }];
      }),
    ),
  );
}
