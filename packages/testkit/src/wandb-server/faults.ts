import { createRandom } from "../random.ts";
import type { RequestKind, SeenRequest } from "./requests.ts";

/** Something that goes wrong with a request. */
export interface Fault {
  /** Which requests meet it. Default: every one. */
  readonly on?: RequestKind | ((request: SeenRequest) => boolean);
  /** Whether the server does what it was asked for before it goes wrong. Default: false. */
  readonly acted?: boolean;
  /** How many requests meet it. Default: 1. */
  readonly times?: number;
  /** What the client sees. Default: the connection is cut. */
  readonly answer?: FaultyAnswer;
}

export type FaultyAnswer =
  | "reset"
  /** 200 with a page of HTML, as a proxy in between would answer. */
  | "not json"
  | { readonly lateMs: number }
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string | object };

export interface FaultSchedule {
  readonly seed: number;
  /** How often a request meets a fault, from 0 to 1. Default: 0.3. */
  readonly rate?: number;
}

export interface WandbFaults {
  /** The next requests that match meet these, in this order. */
  plan(...faults: readonly Fault[]): void;
  /** Forgets what was planned and has not happened. */
  clear(): void;
  /** How many planned faults are still to come. */
  pending(): number;
  draw(request: SeenRequest): Fault | undefined;
  /** How often each sort of fault happened. */
  readonly counts: ReadonlyMap<string, number>;
}

const scheduled: readonly Fault[] = [
  { answer: "reset" },
  { answer: "reset", acted: true },
  { answer: { status: 500, body: { error: "internal error" } } },
  { answer: { status: 502, body: "<html>Bad Gateway</html>" }, acted: true },
  { answer: { status: 429, headers: { "retry-after": "0" }, body: { error: "rate limit exceeded" } } },
  { answer: { lateMs: 5 } },
];

/** After so many faults in a row so many requests go well, so that no client is starved. */
const longestStreak = 2;
const breather = 5;

export function createFaults(schedule?: FaultSchedule): WandbFaults {
  const random = createRandom(schedule?.seed ?? 0);
  const rate = schedule === undefined ? 0 : (schedule.rate ?? 0.3);
  const counts = new Map<string, number>();
  let planned: { readonly fault: Fault; left: number }[] = [];
  let streak = 0;
  let calm = 0;

  function drawPlanned(request: SeenRequest): Fault | undefined {
    const found = planned.find(({ fault }) => concerns(fault, request));
    if (!found) return undefined;
    found.left--;
    planned = planned.filter(({ left }) => left > 0);
    return found.fault;
  }

  function drawScheduled(): Fault | undefined {
    if (rate === 0) return undefined;
    const fault = random.next() < rate ? scheduled[Math.floor(random.next() * scheduled.length)] : undefined;
    if (calm > 0) {
      calm--;
      return undefined;
    }
    if (fault && streak < longestStreak) {
      streak++;
      return fault;
    }
    if (streak > 0) calm = breather;
    streak = 0;
    return undefined;
  }

  return {
    plan(...faults) {
      planned.push(...faults.map((fault) => ({ fault, left: fault.times ?? 1 })));
    },
    clear() {
      planned = [];
    },
    pending: () => planned.reduce((sum, { left }) => sum + left, 0),
    draw(request) {
      const fault = drawPlanned(request) ?? drawScheduled();
      if (fault) counts.set(nameOf(fault), (counts.get(nameOf(fault)) ?? 0) + 1);
      return fault;
    },
    counts,
  };
}

function concerns({ on }: Fault, request: SeenRequest): boolean {
  return on === undefined || (typeof on === "string" ? on === request.kind : on(request));
}

function nameOf({ answer = "reset", acted = false }: Fault): string {
  const what = typeof answer === "string" ? answer : "status" in answer ? String(answer.status) : "late";
  return acted ? `${what} after it acted` : what;
}
