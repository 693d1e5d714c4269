/** By kind, the field whose values are numbers by name: there NaN and the infinities are values, and names are not secrets. */
export const numericField: { readonly [kind: string]: string } = {
  "metrics.logged": "values",
  "model.logged": "metrics",
  "run.ended": "summary",
};
