/** How far long work is at one place. */
export interface WorkProgress {
  /** `look`: what is there already. `undo`: what is taken away. */
  readonly stage: "look" | "read" | "deliver" | "verify" | "undo";
  /** The source or the destination. */
  readonly place: string;
  /** The run that was touched last. */
  readonly run: string;
  /** Runs that are done. */
  readonly done: number;
  /** Unknown while sources are read. */
  readonly of: number | undefined;
  /** Points and bytes of files that have gone through so far. */
  readonly points: number;
  readonly bytes: number;
  /** Runs that something is wrong with. */
  readonly problems: number;
  /** Nothing more comes of this stage at this place. */
  readonly isOver: boolean;
}

export type Tell = (progress: WorkProgress) => void;

/** Counts the work of one stage at one place, and tells of it. */
export interface WorkCount {
  /** A run is begun, or has moved: so many of its points have gone through so far. */
  moved(run: string, points?: number): void;
  /** So many more bytes of a file. */
  sent(run: string, bytes: number): void;
  /** With all of its points. */
  done(run: string, points: number, isWell: boolean): void;
  over(): void;
}

export function countWork(
  stage: WorkProgress["stage"],
  place: string,
  of: number | undefined,
  tell: Tell = () => undefined,
): WorkCount {
  const sum = { done: 0, points: 0, bytes: 0, problems: 0 };
  const underWay = new Map<string, number>();
  let last = "";

  function say(run: string, isOver = false): void {
    last = run;
    const moving = [...underWay.values()].reduce((all, points) => all + points, 0);
    tell({ stage, place, run, of, ...sum, points: sum.points + moving, isOver });
  }

  return {
    moved(run, points = 0) {
      underWay.set(run, points);
      say(run);
    },
    sent(run, bytes) {
      sum.bytes += bytes;
      say(run);
    },
    done(run, points, isWell) {
      underWay.delete(run);
      sum.done++;
      sum.points += points;
      if (!isWell) sum.problems++;
      say(run);
    },
    over: () => say(last, true),
  };
}
