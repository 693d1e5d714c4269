import type { AlertRaised, ConsoleLogged, EventsLost, RunEvent } from "@runferry/core";
import { fenced, unfenced } from "./fence.ts";
import type { Value } from "./messages.ts";
import { alertTag, consoleTag, lostTag } from "./tags.ts";
import { stringTensor } from "./tensor.ts";

// Alerts, lines of the console and lost events stand among the texts, under tags of their own.

const metadata = { pluginData: { pluginName: "text" } };

export function textValue(tag: string, text: string): Value {
  return { tag, tensor: stringTensor([text]), metadata };
}

export function alertValue({ level, title, text }: AlertRaised): Value {
  return cells(alertTag(level), text === undefined ? [title] : [title, text]);
}

export function consoleValue({ from, text }: ConsoleLogged): Value {
  return textValue(consoleTag(from), fenced(text));
}

/** What nobody should overlook, beside the alerts. */
export function lostValue({ count, reason, where }: EventsLost): Value {
  const told = [`${count} ${count === 1 ? "event" : "events"} lost`, reason.toWellFormed()];
  return cells(lostTag, where === undefined ? told : [...told, where.toWellFormed()]);
}

function cells(tag: string, texts: readonly string[]): Value {
  return { tag, tensor: stringTensor(texts, [texts.length]), metadata };
}

const ownTag = /^(?:alerts\/(info|warn|error|lost)|console\/(stdout|stderr))$/;

/** The fact that such a value tells, or undefined where it is someone else's. `whole` is its text, `sides` its dimensions. */
export function readOwnText(
  tag: string,
  sides: number,
  strings: readonly string[],
  whole: string,
): RunEvent | undefined {
  const [, level, from] = ownTag.exec(tag) ?? [];
  if (level === "lost") return sides === 1 ? readLost(strings) : undefined;
  if (level !== undefined && sides === 1 && strings.length > 0 && strings.length <= 2) {
    const [title = "", text] = strings;
    return {
      kind: "alert.raised",
      title,
      level: level as AlertRaised["level"],
      ...(text === undefined ? {} : { text }),
    };
  }
  const line = from === undefined ? undefined : unfenced(whole);
  return line === undefined ? undefined : { kind: "console.logged", from: from as ConsoleLogged["from"], text: line };
}

function readLost([told = "", reason, where]: readonly string[]): RunEvent | undefined {
  const count = Number(/^(\d+) events? lost$/.exec(told)?.[1]);
  if (!Number.isSafeInteger(count) || reason === undefined) return undefined;
  return { kind: "events.lost", count, reason, ...(where === undefined ? {} : { where }) };
}
