import { type FilesCommand, type FilesLine, REPLY_BYTES } from "../../protocol/mod.ts";
import { FILES_LIMIT } from "../../protocol/files.ts";
import { type ActionHandlers, errorLine } from "./action.ts";

/** The command of the capability of reading which files a room has. */
export const FILES_ACTIONS: ActionHandlers<FilesCommand> = {
  files: ({ id, room, before }, { permissions, person, history }) => {
    const view = permissions.viewOf(person, room);
    if (view === undefined) return errorLine("no_room", "there is no such room", id);
    const read = history.files({
      ...{ room, from: view.from, limit: FILES_LIMIT, bytes: REPLY_BYTES },
      ...(before !== undefined && { before }),
    });
    const line: FilesLine = { type: "files", ...(id !== undefined && { id }), room, ...read };
    return line;
  },
};
