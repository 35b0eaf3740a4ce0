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
