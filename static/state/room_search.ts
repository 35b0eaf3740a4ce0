/** Rooms whose names differ from the one that was meant by up to this many letters are offered. */
const SLIPS = 2;

/**
 * The rooms that have what was typed in a name, the best first: the same, those that begin with it, those
 * with a word that does, the others. Rooms that are equally good keep their order.
 *
 * @param typed as `likelyRoom` gives it; empty finds all
 * @param namesOf the names of a room, as `likelyRoom` gives them
 */
export function searchRooms<T>(
  rooms: readonly T[],
  typed: string,
  namesOf: (room: T) => readonly string[],
): T[] {
  return rooms.map((room) => ({ room, rank: bestRank(namesOf(room), typed) }))
    .filter(({ rank }) => rank < Infinity)
    .sort((a, b) => a.rank - b.rank)
    .map(({ room }) => room);
}

function bestRank(names: readonly string[], typed: string): number {
  return Math.min(...names.map((name) => rankOf(name, typed) ?? Infinity));
}

function rankOf(name: string, typed: string): number | undefined {
  if (name === typed || typed === "") return 0;
  if (name.startsWith(typed)) return 1;
  const at = name.indexOf(typed);
  if (at < 0) return undefined;
  return /[-_]/.test(name[at - 1] ?? "") ? 2 : 3;
}

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
