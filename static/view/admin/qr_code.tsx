import "../shared.ts";
import { generate } from "lean-qr";
import type { JSX } from "preact";

/** Cells of white around the code, without which scanners miss it. */
const QUIET = 4;

/** The QR code of a text. */
export function QrCode({ text, label }: { text: string; label: string }): JSX.Element {
  const code = generate(text);
  const cells: string[] = [];
  for (let y = 0; y < code.size; y++) {
    for (let x = 0; x < code.size; x++) {
      if (code.get(x, y)) cells.push(`M${x + QUIET} ${y + QUIET}h1v1h-1z`);
    }
  }
  const size = code.size + 2 * QUIET;
  return (
    <svg class="qr" role="img" aria-label={label} viewBox={`0 0 ${size} ${size}`}>
      <path d={cells.join("")} shape-rendering="crispEdges" />
    </svg>
  );
}
