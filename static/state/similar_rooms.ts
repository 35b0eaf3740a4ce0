/** Rooms whose names differ from the one that was meant by up to this many letters are offered. */
const SLIPS = 2;

/** The names that a wrong one may have meant: a letter or two off, or longer. The likeliest first. */
export function similarRooms(names: readonly string[], wrong: string): string[] {
  if (wrong.length < 3) return [];
  return names.map((name) => ({ name, slips: distance(name, wrong) }))
    .filter(({ name, slips }) => slips <= SLIPS || name.startsWith(wrong))
    .sort((a, b) => a.slips - b.slips)
    .map(({ name }) => name);
}

/** The Levenshtein distance: the number of letters to insert, remove or replace. */
function distance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > SLIPS) return Infinity;
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const changed = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(changed, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
