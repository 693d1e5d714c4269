/** How often a property is tried, and from which seed: in the form that fast-check takes. */
export interface Rounds {
  readonly numRuns: number;
  readonly seed: number;
}

/**
 * The number of rounds of a property in `npm test`. `RUNFERRY_ROUNDS` multiplies it in a rehearsal, and `RUNFERRY_SEED`
 * starts from another seed; without them every run of the tests tries the same.
 */
export function rounds(usual: number): Rounds {
  return {
    numRuns: Math.max(1, Math.round(usual * numberFrom("RUNFERRY_ROUNDS", 1))),
    seed: numberFrom("RUNFERRY_SEED", 1_732_181_400),
  };
}

function numberFrom(variable: string, usual: number): number {
  const text = process.env[variable];
  if (text === undefined || text === "") return usual;
  const value = Number(text);
  if (Number.isFinite(value) && value >= 0) return value;
  throw new Error(`${variable} is ${JSON.stringify(text)}: set it to a number, or leave it out`);
}
