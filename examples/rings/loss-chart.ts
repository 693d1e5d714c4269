// A chart of losses as SVG, small enough to be kept with every run.

const [width, height, margin] = [360, 200, 28];
const colors = ["#1f6fb2", "#d1662a", "#3a8f3a"];

/** The curves by their names, from the first epoch to the last. What is no number is left out. */
export function lossChart(title: string, curves: { readonly [name: string]: readonly number[] }): string {
  const values = Object.values(curves).flat().filter(Number.isFinite);
  const most = Math.max(...values, 1e-9);
  const longest = Math.max(...Object.values(curves).map(({ length }) => length), 2);
  const x = (epoch: number) => (margin + (epoch / (longest - 1)) * (width - 2 * margin)).toFixed(1);
  const y = (value: number) => (height - margin - (value / most) * (height - 2 * margin)).toFixed(1);
  const lines = Object.entries(curves).map(([name, curve], i) => {
    const points = curve.flatMap((value, epoch) => (Number.isFinite(value) ? `${x(epoch)},${y(value)}` : []));
    const label = `<text x="${width - margin}" y="${16 + i * 12}" text-anchor="end" fill="${colors[i]}">${name}</text>`;
    return `${label}<polyline fill="none" stroke="${colors[i]}" points="${points.join(" ")}"/>`;
  });
  const frame = `<path d="M${margin} ${margin}V${height - margin}H${width - margin}" fill="none" stroke="#888"/>`;
  const head = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="10">`;
  const scale = `<text x="4" y="${margin + 4}">${most.toPrecision(3)}</text><text x="4" y="${height - margin}">0</text>`;
  return `${head}<text x="${margin}" y="16">${title}</text>${frame}${scale}${lines.join("")}</svg>\n`;
}
