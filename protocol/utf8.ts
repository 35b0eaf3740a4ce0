/**
 * The length of texts in UTF-8, the unit of all limits.
 *
 * @module
 */

/** Counts the bytes of `text` in UTF-8 without encoding it. A lone surrogate counts as U+FFFD: three bytes. */
export function utf8Bytes(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) continue;
    bytes += unit < 0x800 ? 1 : 2;
    if (unit < 0xd800 || unit > 0xdbff) continue;
    const next = text.charCodeAt(i + 1);
    if (next >= 0xdc00 && next <= 0xdfff) i++; // the pair has four bytes, two units of them counted
  }
  return bytes;
}

/** Returns true if `text` has more than `limit` bytes in UTF-8. For most texts the length decides it. */
export function exceedsUtf8(text: string, limit: number): boolean {
  if (text.length > limit) return true;
  return text.length * 3 > limit && utf8Bytes(text) > limit;
}
