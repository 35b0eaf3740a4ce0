/**
 * Reads a text file that a person wrote, perhaps with an editor of Windows: a byte order mark of UTF-8 is
 * removed, and UTF-16 is recognized.
 *
 * @throws {Error} if the file can't be read or is not UTF-8; the message is a reason, such as "it is UTF-16;
 * save it as UTF-8".
 */
export function readTextFile(path: string): string {
  const bytes = Deno.readFileSync(path);
  const marked = bytes[0] === 0xff && bytes[1] === 0xfe || bytes[0] === 0xfe && bytes[1] === 0xff;
  // Without a mark, UTF-16 shows in the zeros next to every ASCII character.
  if (marked || bytes.includes(0)) throw new Error("it is UTF-16; save it as UTF-8");
  try {
    // Removes the mark.
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new Error("it is not UTF-8; save it as UTF-8");
  }
}
