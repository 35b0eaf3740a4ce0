/**
 * Line charts with logarithmic axes as SVG.
 *
 * @module
 */

/** The data of a chart. All values are above 0. */
export interface Chart {
  title: string;
  x: { label: string };
  y: { label: string };
  lines: Line[];
}

/** One line of a chart, its points ascending in x. */
export interface Line {
  name: string;
  color: string;
  dashed?: boolean;
  points: readonly (readonly [number, number])[];
}

const WIDTH = 760;
const HEIGHT = 380;
const PLOT = { left: 64, right: WIDTH - 150, top: 40, bottom: HEIGHT - 48 };
/** Legible on white and on black. */
const INK = "#7d8590";

/** The chart as the text of an SVG file. */
export function drawChart({ title, x, y, lines }: Chart): string {
  const points = lines.flatMap(({ points }) => points);
  const toX = scale(points.map(([x]) => x), PLOT.left, PLOT.right);
  const toY = scale(points.map(([, y]) => y), PLOT.bottom, PLOT.top);
  const text = (x: number, y: number, content: string, rest = "") =>
    `<text x="${round(x)}" y="${round(y)}" ${rest}>${escape(content)}</text>`;
  const rule = (x1: number, y1: number, x2: number, y2: number) =>
    `<path d="M${round(x1)} ${round(y1)}L${round(x2)} ${
      round(y2)
    }" stroke="${INK}" stroke-opacity=".3"/>`;
  const path = ({ points, color, dashed }: Line) => {
    const d = points.map(([x, y], i) => `${i ? "L" : "M"}${round(toX.at(x))} ${round(toY.at(y))}`);
    const dots = points.map(([x, y]) =>
      `<circle cx="${round(toX.at(x))}" cy="${round(toY.at(y))}" r="2.5" fill="${color}"/>`
    );
    const dash = dashed ? ' stroke-dasharray="5 4"' : "";
    return `<path d="${d.join("")}" fill="none" stroke="${color}" stroke-width="2"${dash}/>` +
      dots.join("");
  };
  const key = ({ name, color, dashed }: Line, i: number) => {
    const [x, y] = [PLOT.right + 16, PLOT.top + 8 + i * 20];
    const dash = dashed ? ' stroke-dasharray="5 4"' : "";
    return `<path d="M${x} ${y}h22" stroke="${color}" stroke-width="2"${dash}/>` +
      text(x + 28, y + 4, name);
  };
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img"`,
    `  aria-label="${
      escape(title)
    }" font-family="system-ui, sans-serif" font-size="12" fill="${INK}">`,
    text(PLOT.left, 20, title, 'font-size="14" font-weight="600"'),
    ...toX.ticks.flatMap((tick) => [
      rule(toX.at(tick), PLOT.top, toX.at(tick), PLOT.bottom),
      text(toX.at(tick), PLOT.bottom + 18, short(tick), 'text-anchor="middle"'),
    ]),
    ...toY.ticks.flatMap((tick) => [
      rule(PLOT.left, toY.at(tick), PLOT.right, toY.at(tick)),
      text(PLOT.left - 8, toY.at(tick) + 4, short(tick), 'text-anchor="end"'),
    ]),
    text((PLOT.left + PLOT.right) / 2, HEIGHT - 10, x.label, 'text-anchor="middle"'),
    text(0, 0, y.label, `text-anchor="middle" transform="translate(16 ${HEIGHT / 2}) rotate(-90)"`),
    ...lines.map(path),
    ...lines.map(key),
    "</svg>\n",
  ].join("\n");
}

/**
 * Places values between `from` and `to`, and finds round ones among them: 1, 2 and 5 of each power
 * of ten.
 */
function scale(values: readonly number[], from: number, to: number) {
  const all = Array.from(
    { length: 60 },
    (_, i) => ([1, 2, 5][i % 3] ?? 1) * 10 ** (Math.floor(i / 3) - 6),
  );
  const least = all.findLast((tick) => tick <= Math.min(...values)) ?? 1e-6;
  const most = all.find((tick) => tick >= Math.max(...values)) ?? 1e13;
  const span = Math.log(most / least) || 1;
  const ticks = all.filter((tick) => tick >= least && tick <= most);
  return {
    // Over many powers of ten only these themselves.
    ticks: ticks.length > 10 ? ticks.filter((tick) => Number.isInteger(Math.log10(tick))) : ticks,
    at: (value: number) => from + (to - from) * Math.log(value / least) / span,
  };
}

/** 1500000 as 1.5M. */
function short(value: number): string {
  if (value >= 1e6) return `${value / 1e6}M`;
  return value >= 1000 ? `${value / 1000}k` : String(Number(value.toPrecision(2)));
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escape(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
