/** The bytes after which garbage is collected: 8 MiB. */
const COLLECT_BYTES = 8 * 1024 * 1024;

/** V8's own function, which the flag `--expose-gc` gives to a program. */
type Collect = (options: { readonly type: "minor" }) => void;

let made = 0;

/**
 * Counts buffers that nobody needs any more soon, and collects the young garbage after each 8 MiB of them. By itself, V8 does that
 * after 64 MiB of buffers: it counts what JavaScript's heap has, not what lies outside of it. A collection takes about as long as
 * one of those that V8 does anyway.
 *
 * @param bytes of buffers, copies that a library makes included
 */
export function countGarbage(bytes: number): void {
  made += bytes;
  if (made < COLLECT_BYTES) return;
  made = 0;
  const { gc } = globalThis as { readonly gc?: Collect };
  gc?.({ type: "minor" });
}
