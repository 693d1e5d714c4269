/** What to log for a step that a caller gave. */
export interface CheckedStep {
  readonly step?: number;
  /** A step that is no whole number in range is never rounded: it becomes a metric of its own beside the values. */
  readonly value?: number;
}

export function checkStep(step: number | undefined): CheckedStep {
  if (step === undefined) return {};
  if (Number.isSafeInteger(step)) return { step: step + 0 }; // no -0
  return { value: step };
}
