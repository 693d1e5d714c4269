import {
  type Backend,
  bytesOf,
  type Deliveries,
  type ForwardOptions,
  type ForwardResult,
  fold,
  forward,
  type Journal,
  memoryDeliveries,
  type RunView,
} from "@runferry/core";
import { Crash, type CrashPoints, noCrash } from "../crash-points.ts";
import { instantClock } from "../instant-clock.ts";
import type { Place } from "../subject.ts";
import { demand, LawBroken } from "./law.ts";

/** Options of one delivery to a place; the backend may be wrapped to watch or disturb it. */
export interface DeliverOptions extends Partial<Omit<ForwardOptions, "journal" | "backend">> {
  readonly crash?: CrashPoints;
  readonly wrap?: (backend: Backend) => Backend;
}

/** Opens the place as a new process would, delivers a run as far as it goes, and closes it. */
export async function deliver(place: Place, journal: Journal, options: DeliverOptions = {}): Promise<ForwardResult> {
  const { crash = noCrash, wrap = (backend: Backend) => backend, deliveries = memoryDeliveries(), ...rest } = options;
  const opened = await place.open(crash);
  try {
    return await forward({
      clock: instantClock(),
      random: () => 0.5,
      retry: { attempts: 50 },
      ...rest,
      journal,
      backend: wrap(opened),
      deliveries: crashing(deliveries, crash),
    });
  } finally {
    await opened.close();
  }
}

/** Delivers a whole run: anything short of that breaks a law. */
export async function deliverAll(place: Place, journal: Journal, options: DeliverOptions = {}): Promise<ForwardResult> {
  const result = await deliver(place, journal, options).catch((cause: unknown) => {
    if (cause instanceof Crash || cause instanceof LawBroken) throw cause;
    throw new LawBroken(`delivering run ${journal.run} throws ${cause}`, { cause });
  });
  demand(result.state === "delivered", `run ${journal.run} is ${result.state}: ${whyNot(result)}`);
  return result;
}

/** The journal of a run as the place holds it. */
export async function journalAt(place: Place, run: string): Promise<Journal> {
  const source = await place.source();
  const found: Journal[] = [];
  for await (const journal of source.runs({ ids: [run] })) found.push(journal);
  demand(found.length === 1, `the source has run ${run} ${found.length} times`);
  return found[0]!;
}

export async function readBack(place: Place, run: string): Promise<RunView> {
  return fold(await journalAt(place, run));
}

/** What the place should hold of a run. */
export async function expectedView(place: Place, journal: Journal): Promise<RunView> {
  const backend = await place.open(noCrash);
  const view = backend.keeps(await fold(journal, { mask: true }));
  await backend.close();
  return view;
}

/** Every file that the copy names can be read there, and has the bytes it says. */
export async function demandFiles(copy: Journal, view: RunView): Promise<void> {
  for (const { file, reference } of view.artifacts.values()) {
    if (reference !== undefined) continue;
    const bytes = await bytesOf(copy.open(file));
    const hash = Buffer.from(await crypto.subtle.digest("SHA-256", new Uint8Array(bytes))).toString("hex");
    demand(hash === file.sha256, `${file.path} has ${bytes.length} bytes with sha256 ${hash}, not ${file.sha256}`);
  }
}

function crashing(deliveries: Deliveries, crash: CrashPoints): Deliveries {
  return {
    load: (run, destination) => deliveries.load(run, destination),
    async save(run, delivery) {
      crash.point("save the delivery");
      await deliveries.save(run, delivery);
      crash.point("the delivery is saved");
    },
  };
}

function whyNot(result: ForwardResult): string {
  const parked = Object.values(result.delivery.streams).flatMap((stream) => stream.parked);
  return result.cause ?? parked.map((event) => `event ${event.seq} (${event.kind}): ${event.reason}`).join("; ");
}
