/** Numbers from 0 to below 1, the same for the same seed. */
export type Random = () => number;

/** A {@linkcode Random} of the kind called Mulberry32; `seed` is a whole number. */
export function seeded(seed: number): Random {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), seed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** One of `items`, of which there is at least one. */
export function pick<T>(random: Random, items: readonly T[]): T {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new Error("Cannot pick: there are no items");
  return item;
}

/** A text of fewer than `length` characters, also of those that are rare, and of halves of surrogate pairs. */
export function randomText(random: Random, length: number): string {
  const ranges = [[0x20, 0x7e], [0, 0x1f], [0x80, 0x7ff], [0x800, 0xffff], [0xd800, 0xdfff], [
    0x10000,
    0x10ffff,
  ]] as const;
  return Array.from({ length: Math.floor(random() * length) }, () => {
    const [low, high] = pick(random, ranges);
    return String.fromCodePoint(low + Math.floor(random() * (high - low + 1)));
  }).join("");
}
