/**
 * The parser for lines from the server to a client.
 *
 * @module
 */
import { isString, parseFields } from "./fields.ts";
import { LINES, type ServerLine } from "./lines.ts";

/**
 * Parses one line from the server. Never throws.
 *
 * @returns The line with exactly the fields of its type, or undefined if the type is unknown or a field is
 * missing or invalid.
 */
export function parseLine(line: string): ServerLine | undefined {
  const fields = parseFields(line);
  if (!fields) return undefined;
  const { type } = fields;
  return isString(type) && isKnown(type) ? LINES[type](fields) : undefined;
}

function isKnown(type: string): type is ServerLine["type"] {
  return Object.hasOwn(LINES, type);
}
