import { utf8Bytes } from "../../protocol/utf8.ts";

/**
 * The number of characters to remove from the end of a text so that it keeps a limit.
 *
 * @param limit in bytes of UTF-8
 */
export function charactersOver(text: string, limit: number): number {
  let bytes = utf8Bytes(text) - limit;
  let characters = 0;
  for (let end = text.length; bytes > 0 && end > 0; characters++) {
    const isPair = (text.codePointAt(end - 2) ?? 0) > 0xffff;
    const start = end - (isPair ? 2 : 1);
    bytes -= utf8Bytes(text.slice(start, end));
    end = start;
  }
  return characters;
}
