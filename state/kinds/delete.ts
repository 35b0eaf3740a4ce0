import { each, type Kind } from "../kind.ts";
import type { Fields } from "../../protocol/fields.ts";
import { isHiddenRoom } from "../../protocol/addresses.ts";
import { Audit } from "../audit.ts";
import { type ChangeFields, ChangeJudge, isTarget, parseChange } from "../change_judge.ts";
import { type EventOutcome, UNCHANGED } from "../outcome.ts";
import { MessageEnd } from "../message_end.ts";
import { Permissions } from "../permissions.ts";

/** A message is deleted: its author may, and those who keep order in the room. Its place and its id stay. */
export interface DeleteEvent extends ChangeFields {
  readonly type: "delete";
}

export const deleteKind: Kind<DeleteEvent> = {
  parse(fields: Fields): DeleteEvent | undefined {
    const change = parseChange(fields);
    return change && { type: "delete", ...change };
  },

  prepare(db) {
    const judge = new ChangeJudge(db, new Permissions(db));
    const end = new MessageEnd(judge);
    const audit = new Audit(db);
    return each((event, at): EventOutcome => {
      const { person, id } = event;
      const target = judge.findRemovable(event, "delete a message");
      if (!isTarget(target)) return target;
      const { room, authorId, change, isOwn } = target;
      if (change.deleted !== undefined) return UNCHANGED;
      if (!isOwn) {
        // Of a hidden room, admins learn that it was done.
        const detail = isHiddenRoom(room.room) ? undefined : room.room;
        audit.add({ at, by: person, action: "delete_message", person: authorId, detail });
      }
      return end.delete(target, {
        deleted: isOwn ? "author" : "moderator",
        by: person,
        id,
        now: at,
      });
    });
  },
};
