import {
  comparePoints,
  contextKey,
  createFold,
  mainStream,
  type Recorded,
  type RunEvent,
  type RunView,
} from "@runferry/core";

/** Events with their stamps, a millisecond apart. */
export function stamped(events: readonly RunEvent[]): readonly Recorded[] {
  return events.map((event, i) => ({ ...event, seq: i + 1, at: 1000 + i }));
}

/** The view of a run with one stream. */
export function viewOf(events: readonly RunEvent[]): RunView {
  const folding = createFold("run");
  for (const event of stamped(events)) folding.add(mainStream, event);
  return folding.view();
}

/** Every point of every metric, superseded ones marked, in a fixed order. */
export function pointTexts(view: RunView): readonly string[] {
  return [...view.metrics]
    .flatMap(([name, { series, superseded, definition }]) => [
      `${name} ${JSON.stringify(definition)}`,
      ...[series, superseded].flatMap((one, i) =>
        [...one.points()].sort(comparePoints).map((point) => {
          const value = Object.is(point.value, -0) ? "-0" : point.value;
          return `${name} ${i} ${point.step} ${point.at} ${value} ${contextKey(point.context)}`;
        }),
      ),
    ])
    .sort();
}
