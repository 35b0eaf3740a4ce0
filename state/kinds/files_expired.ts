import type { Fields } from "../../protocol/fields.ts";
import { AttachmentTable } from "../attachment_table.ts";
import { each, isNumber, type Kind } from "../kind.ts";
import { ERASED, UNCHANGED } from "../outcome.ts";

/**
 * Files that no message names are deleted: some of the oldest at once. A server proposes it, so that no reader's clock
 * decides.
 */
export interface FilesExpiredEvent {
  readonly type: "files_expired";
  /** Those that were uploaded before this time, in ms since 1970. */
  readonly before: number;
}

export const filesExpiredKind: Kind<FilesExpiredEvent> = {
  parse({ before }: Fields): FilesExpiredEvent | undefined {
    return isNumber(before) ? { type: "files_expired", before } : undefined;
  },

  prepare(db) {
    const files = new AttachmentTable(db);
    return each(({ before }) => {
      const old = files.unnamed(before);
      for (const id of old) files.remove(id);
      return old.length === 0 ? UNCHANGED : ERASED;
    });
  },
};
