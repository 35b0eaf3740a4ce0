import type { FilesCommand, FilesLine } from "../../protocol/mod.ts";
import { type ActionHandlers, errorLine } from "./action.ts";

/** The command of the capability of reading which files a room has. */
export const FILES_ACTIONS: ActionHandlers<FilesCommand> = {
  files: ({ id, room }, { permissions, person }) => {
    const view = permissions.viewOf(person, room);
    if (view === undefined) return errorLine("no_room", "there is no such room", id);
    const line: FilesLine = {
      type: "files",
      ...(id !== undefined && { id }),
      ...{ room, messages: [], more: false },
    };
    return line;
  },
};
