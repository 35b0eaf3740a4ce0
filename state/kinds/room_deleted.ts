import { each, isText, type Kind } from "../kind.ts";
import type { Fields } from "../../protocol/fields.ts";
import { DEFAULT_ROOM } from "../../protocol/mod.ts";
import { Audit } from "../audit.ts";
import { type EventOutcome, refused, UNCHANGED } from "../outcome.ts";
import { Permissions } from "../permissions.ts";
import { RoomEnd } from "../room_end.ts";
import { RoomTable } from "../room_table.ts";

/** A room is deleted: nobody can see it any more, and its messages go in steps; see `RoomErasedEvent`. */
export interface RoomDeletedEvent {
  readonly type: "room_deleted";
  readonly room: string;
  readonly by: string;
}

export const roomDeletedKind: Kind<RoomDeletedEvent> = {
  parse({ room, by }: Fields): RoomDeletedEvent | undefined {
    return isText(room) && isText(by) ? { type: "room_deleted", room, by } : undefined;
  },

  prepare(db) {
    const permissions = new Permissions(db);
    const rooms = new RoomTable(db);
    const end = new RoomEnd(db);
    const audit = new Audit(db);
    return each(({ room: name, by }, at): EventOutcome => {
      const refusal = permissions.mayClose(by, name);
      if (refusal !== undefined) return refused(...refusal);
      if (name === DEFAULT_ROOM) return refused("forbidden", `"${DEFAULT_ROOM}" is for everyone`);
      const room = rooms.of(name);
      if (room === undefined) return UNCHANGED;
      audit.add({ at, by, action: "delete_room", detail: name });
      return { type: "changed", effects: end.delete(room, "The room was deleted") };
    });
  },
};
