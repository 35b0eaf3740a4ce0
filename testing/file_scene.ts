/**
 * Files that people upload and send.
 *
 * @module
 */
import type { FileEvent } from "../state/kinds/file.ts";
import type { User } from "../protocol/mod.ts";

let ids = 0;

/** Returns the id of a file that nobody has. */
export function newFileId(): string {
  return `f${ids++}`.padEnd(22, "_");
}

/** A file that somebody uploads; its bytes are like those of no other. */
export function upload(
  { user }: { readonly user: Pick<User, "id"> },
  more: Partial<FileEvent> = {},
): FileEvent {
  const id = newFileId();
  return {
    ...{ type: "file", id, person: user.id, name: "Photo.png", size: 1000, mime: "image/png" },
    ...{ width: 640, height: 480, sha256: `hash of ${id}`, total: 0, day: 0 },
    ...more,
  };
}
