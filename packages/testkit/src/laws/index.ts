import { liveIsExport, order, prefixAcceptance, replay, split } from "./batching.ts";
import { closedMeansClosed, inputsUntouched, memoBounded, nonFiniteValues, noSecret, unknownKinds } from "./conduct.ts";
import { honesty, plainRunIsWhole, roundTrip } from "./content.ts";
import { cancellation, resume } from "./crashing.ts";
import type { Law } from "./law.ts";

/** Every law of a backend. There are no options: what a backend can do is read from the backend. */
export const backendLaws: readonly Law[] = [
  replay,
  split,
  resume,
  liveIsExport,
  order,
  prefixAcceptance,
  inputsUntouched,
  cancellation,
  closedMeansClosed,
  nonFiniteValues,
  unknownKinds,
  noSecret,
  memoBounded,
  roundTrip,
  honesty,
  plainRunIsWhole,
];
