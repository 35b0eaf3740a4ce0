/** The memory that the C library keeps for the next turn rather than returning it to the system, in bytes. */
const KEPT_BYTES = 16 * 1024 * 1024;

/**
 * Lets the C library keep the memory that a turn has freed. The runtime copies a frame for each
 * member of a room. If that memory is returned each time, as glibc does with everything above 128 KiB, the
 * pages of a hundred copies cost a fifth of the server's time.
 *
 * JavaScript can't call `mallopt`, but freeing a large block raises glibc's limit to twice the block's
 * size (mallopt(3), M_MMAP_THRESHOLD). Other C libraries are not affected.
 */
export function keepFreedMemory(): void {
  new ArrayBuffer(KEPT_BYTES / 2).transfer(0);
}

/** Returns the bytes that a text takes: two for each character if one of them is beyond Latin-1, else one. */
export function memoryOf(text: string): number {
  // V8 knows without a look that a text that it stores with one byte for a character has no such character.
  return text.length * (/[^\0-\xff]/.test(text) ? 2 : 1);
}

/**
 * Returns a copy of a text. V8 may not copy a part of a text that has 13 characters or more: it then keeps the whole, however
 * large, as long as the part is needed.
 */
export function copyOf(text: string): string {
  return JSON.parse(JSON.stringify(text));
}
