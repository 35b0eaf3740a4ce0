import { Buffer } from "node:buffer";
import { join } from "node:path";
import { isContentId } from "../state/contents.ts";

/** Returns the folder of the files that belong to a data file. */
export function filesFolder(path: string): string {
  return `${path}.files`;
}

/**
 * Returns the path of a content in such a folder: in one of 256 folders, so that none becomes too large.
 *
 * @throws {Error} for what is no id of a content, and could lead elsewhere
 */
export function contentPath(folder: string, content: string): string {
  if (!isContentId(content)) throw new Error("Cannot find a file: its id is not valid");
  const [first = 0] = Buffer.from(content, "base64url");
  return join(folder, first.toString(16).padStart(2, "0"), content);
}
