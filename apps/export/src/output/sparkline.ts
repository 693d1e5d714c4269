const bars = "▁▂▃▄▅▆▇█";

/** The course of values in a few characters; a stretch without a number is a space. */
export function sparkline(values: readonly number[], columns: number): string {
  const count = Math.min(columns, values.length);
  const means = Array.from({ length: count }, (_, i) => {
    const from = Math.floor((i * values.length) / count);
    const part = values.slice(from, Math.floor(((i + 1) * values.length) / count)).filter(Number.isFinite);
    return part.reduce((sum, value) => sum + value / part.length, 0) + (part.length === 0 ? Number.NaN : 0);
  });
  const known = means.filter(Number.isFinite);
  const [min, max] = [Math.min(...known), Math.max(...known)];
  return means
    .map((mean) => {
      if (!Number.isFinite(mean)) return " ";
      // Halved, since the range of the greatest numbers is beyond any number.
      const place = max === min ? 0.5 : (mean / 2 - min / 2) / (max / 2 - min / 2);
      return bars[Math.min(bars.length - 1, Math.floor(place * bars.length))];
    })
    .join("");
}
