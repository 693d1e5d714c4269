import type { Before } from "./before.ts";
import { createTally, type Difference } from "./differences.ts";
import type { Context, MetricsLogged, Recorded, RunEvent, TagsSet } from "./events.ts";
import type { Dated } from "./fold.ts";
import { getOrCreate } from "./get-or-create.ts";
import type { Json } from "./json.ts";
import { applyRule, applyRuleForParam, exampleOf, type KeepRules, type Rule } from "./keep.ts";
import { contextKey } from "./series.ts";

/** Applies the rules of a mapping to events, one after the other: what `keepView` does to a whole run. Made per batch. */
export interface EventKeeper {
  /** The event as the destination holds it; nothing where it is left out. */
  keep(event: Recorded): readonly Recorded[];
  /** What was converted or left out so far. A metric's name is counted when the stream first uses it. */
  readonly differences: readonly Difference[];
}

export function createEventKeeper(rules: KeepRules, before: Before): EventKeeper {
  const tally = createTally();
  let start = before.started;
  const names = new Map<string, string | undefined>();

  function nameOf(name: string): string | undefined {
    if (names.has(name)) return names.get(name);
    const known = before.metrics.has(name) || before.definitions.has(name);
    const kept = applyRule(name, rules.metricName, known ? createTally() : tally, name);
    names.set(name, kept);
    return kept;
  }

  function keep(event: Recorded): readonly Recorded[] {
    switch (event.kind) {
      case "run.started": {
        const { seq, at, ...started } = event;
        start ??= started;
        const kept = applyRule(started, rules.started, tally, event.name);
        return kept ? [{ ...kept, seq, at }] : [];
      }
      case "run.ended":
        return one(event, rules.ended, event.status);
      case "params.set":
        return [{ ...event, values: keepParams(event.values) }];
      case "tags.set":
        return [{ ...event, values: keepTags(event.values) }];
      case "metrics.logged":
        return rules.point || rules.contextInName ? keepMetrics(event) : keepNames(event);
      case "metric.defined": {
        const name = nameOf(event.name);
        if (name === undefined) return [];
        const { seq, at, ...definition } = event;
        const kept = applyRule(definition, rules.definition, tally, event.name);
        return kept ? [{ ...kept, name, seq, at }] : [];
      }
      case "artifact.logged":
        return one(event, rules.artifact);
      case "media.logged":
        return one(event, rules.media);
      case "dataset.used":
        return one(event, rules.dataset);
      case "model.logged":
        return one(event, rules.model);
      case "model.registered":
        return one(event, rules.registered);
      case "alert.raised":
        return one(event, rules.alert);
      case "console.logged":
        return one(event, rules.console);
      case "unknown":
        return one(event, rules.unknown);
      default:
        return [event]; // resumes, gaps and ends of writers are no things of their own
    }
  }

  function one<E extends RunEvent>(
    event: Recorded<E>,
    rule: Rule<Dated<E>> | undefined,
    example: string = exampleOf(event),
  ): readonly Recorded[] {
    const { seq, ...thing } = event;
    const about = rule && ((dated: Dated<E>) => rule(dated, start));
    const kept = applyRule(thing as unknown as Dated<E>, about, tally, example);
    return kept ? [{ ...kept, seq } as unknown as Recorded] : [];
  }

  function keepParams(values: { readonly [name: string]: Json }): { readonly [name: string]: Json } {
    const kept = Object.entries(values).flatMap(([name, value]) => applyRuleForParam({ name, value }, rules, tally));
    return Object.fromEntries(kept.map(({ name, value }) => [name, value]));
  }

  /** A deletion goes to the name that the tag was kept under, and is no difference. */
  function keepTags(values: TagsSet["values"]): TagsSet["values"] {
    const kept = Object.entries(values).flatMap(([name, value]) => {
      const named = applyRule({ name, value: value ?? "" }, rules.tag, value === null ? createTally() : tally, name);
      return named ? [[named.name, value === null ? null : named.value] as const] : [];
    });
    return Object.fromEntries(kept);
  }

  /** Where no rule looks at the points, those of an event stay together. */
  function keepNames(event: Recorded<MetricsLogged>): readonly Recorded[] {
    const names = Object.keys(event.values);
    if (names.every((name) => nameOf(name) === name)) return names.length === 0 ? [] : [event];
    const values = names.flatMap((name): Values => {
      const kept = nameOf(name);
      return kept === undefined ? [] : [[kept, event.values[name]!]];
    });
    return values.length === 0 ? [] : [{ ...event, values: Object.fromEntries(values) }];
  }

  /** Points that no longer share step, time and context become events of their own under the same seq. */
  function keepMetrics(event: Recorded<MetricsLogged>): readonly Recorded[] {
    const spots = new Map<string, { readonly head: Omit<Recorded<MetricsLogged>, "values">; values: Values }>();
    for (const [name, value] of Object.entries(event.values)) {
      const plainName = nameOf(name);
      if (plainName === undefined) continue;
      const apart = rules.contextInName && contextKey(event.context) !== "" ? rules.contextInName : undefined;
      const keptName = apart ? apart.nameOf(plainName, event.context!) : plainName;
      if (apart) tally.add("converted", apart.kind, name);
      const context = rules.contextInName ? undefined : event.context;
      const point = { step: event.step, at: event.at, value, context };
      const kept = applyRule(point, rules.point, tally, name);
      if (!kept) continue;
      const spot = getOrCreate(spots, `${kept.step} ${kept.at} ${contextKey(kept.context)}`, () => ({
        head: headOf(event.seq, kept.at, kept.step, kept.context),
        values: [],
      }));
      spot.values.push([keptName, kept.value]);
    }
    return [...spots.values()].map(({ head, values }) => ({ ...head, values: Object.fromEntries(values) }));
  }

  return {
    keep,
    get differences() {
      return tally.differences;
    },
  };
}

type Values = [name: string, value: number][];

function headOf(
  seq: number,
  at: number,
  step: number | undefined,
  context: Context | undefined,
): Omit<Recorded<MetricsLogged>, "values"> {
  return {
    seq,
    at,
    kind: "metrics.logged",
    ...(step === undefined ? {} : { step }),
    ...(context === undefined ? {} : { context }),
  };
}
