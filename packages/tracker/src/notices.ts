import { writeSync } from "node:fs";

/** Something that could not be done as asked. The training went on. */
export interface Trouble {
  /** `converted`: said otherwise; `not numeric`: left out of the metrics; `lost`: logged, and not in the journal. */
  readonly kind: "converted" | "not numeric" | "lost";
  readonly what: string;
  readonly count: number;
}

/** Counts trouble and says each kind once. */
export interface Notices {
  /** A line for people, if they are to be told anything. */
  say(line: string): void;
  /** Counts; `line` is said the first time for this `what`. */
  count(kind: Trouble["kind"], what: string, line: () => string, by?: number): void;
  readonly troubles: readonly Trouble[];
}

/** A name in a loop can be new every time: beyond this many they are counted together. */
const mostKinds = 100;

export function createNotices(say: (line: string) => void, subject: () => string): Notices {
  const troubles = new Map<string, { kind: Trouble["kind"]; what: string; count: number }>();
  return {
    say,
    count(kind, what, line, by = 1) {
      const known = troubles.get(`${kind} ${what}`) ?? (troubles.size < mostKinds ? undefined : troubles.get("others"));
      if (known) {
        known.count += by;
        return;
      }
      if (troubles.size === mostKinds - 1) {
        troubles.set("others", { kind, what: "others", count: by });
        say(`${subject()}: more of such, from here on only counted`);
        return;
      }
      troubles.set(`${kind} ${what}`, { kind, what, count: by });
      say(`${subject()}: ${line()}`);
    },
    get troubles() {
      return [...troubles.values()].map((trouble) => ({ ...trouble }));
    },
  };
}

/** Says it on stderr at once: in a process that is about to end nothing else would arrive. Never fails. */
export function sayOnStderr(line: string): void {
  try {
    writeSync(2, `runferry  ${line}\n`);
  } catch {
    return; // nobody listens, and that must not disturb the training
  }
}
