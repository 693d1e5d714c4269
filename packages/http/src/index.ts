export { beginningOf, jsonObjectOf, skipping } from "./body.ts";
export {
  type Meaning,
  meaningOfStatus,
  nothingDone,
  type ServerWords,
  unknownDone,
} from "./meaning.ts";
export { allPages } from "./paging.ts";
export { proxyFor } from "./proxy.ts";
export { placeOf, redact, secretsOf } from "./redact.ts";
export { retryAfterMs } from "./retry-after.ts";
export { type Environment, homeOf, iniSection, namedFile, setIn, textIfThere } from "./settings.ts";
export { meaningOfSilence, type SilenceWords } from "./silence.ts";
