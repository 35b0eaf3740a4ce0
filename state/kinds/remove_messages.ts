import { each, isLasting, isText, type Kind } from "../kind.ts";
import type { Fields } from "../../protocol/fields.ts";
import { AttachmentTable } from "../attachment_table.ts";
import { ChangeJudge } from "../change_judge.ts";
import { MessageRemoval } from "../message_removal.ts";
import { type EventOutcome, NO_ROOM, refused } from "../outcome.ts";
import { Permissions } from "../permissions.ts";
import { type Removal, REMOVALS } from "../removal_table.ts";
import { RoomTable } from "../room_table.ts";

/** A person's messages are deleted, the first of them at once and the rest in steps; see `MessagesRemovedEvent`. */
export interface RemoveMessagesEvent {
  readonly type: "remove_messages";
  readonly person: string;
  readonly by: string;
  /** The only room; absent for all but direct ones. */
  readonly room?: string;
  /** Only what was sent in the last seconds; absent for everything. */
  readonly within?: number;
}

const TOO_MANY = `${REMOVALS.person} removals of yours, or ${REMOVALS.room} of the room, go on: ` +
  "wait until some have ended";

export const removeMessagesKind: Kind<RemoveMessagesEvent> = {
  parse({ person, by, room, within }: Fields): RemoveMessagesEvent | undefined {
    if (!isText(person) || !isText(by)) return undefined;
    if (room !== undefined && !isText(room)) return undefined;
    if (within !== undefined && !isLasting(within, 1000)) return undefined;
    return {
      ...{ type: "remove_messages", person, by },
      ...(room !== undefined && { room }),
      ...(within !== undefined && { within }),
    };
  },

  prepare(db) {
    const permissions = new Permissions(db);
    const judge = new ChangeJudge(db, permissions);
    const rooms = new RoomTable(db);
    const files = new AttachmentTable(db);
    const removal = new MessageRemoval(db, permissions);

    return each((event, at): EventOutcome => {
      const scope = removalScope(event, { permissions, judge, rooms });
      if ("type" in scope) return scope;
      const { person, by, within } = event;
      const since = within === undefined ? 0 : Math.max(0, at - within * 1000);
      const wish = { person, by, deleted: "moderator", directs: false, since, ...scope } as const;
      if (removal.isExcess(wish)) return refused("too_many", TOO_MANY);
      // Those for messages that were not sent yet; they belong to no room.
      if (event.room === undefined) files.removeUnnamed(person, since);
      const n = removal.begin(wish, at);
      const done = n === undefined ? undefined : removal.step(n, at);
      if (done === undefined) return { type: "changed", removed: { count: 0, more: false } };
      const { effects, count, more } = done;
      return { type: "changed", effects, removed: { count, more }, erases: true };
    });
  },
};

/** Returns where the messages may be deleted, or why they may not. */
export function removalScope(
  { person, by, room: name }: RemoveMessagesEvent,
  { permissions, judge, rooms }: {
    readonly permissions: Permissions;
    readonly judge: ChangeJudge;
    readonly rooms: RoomTable;
  },
): Pick<Removal, "room" | "lowest"> | EventOutcome {
  if (name === undefined) {
    const refusal = permissions.mayModerate(by, person);
    return refusal === undefined ? { lowest: 0 } : refused("forbidden", refusal);
  }
  const view = permissions.viewOf(by, name);
  const room = view?.made ? rooms.of(name) : undefined;
  if (view === undefined || room === undefined) return refused(...NO_ROOM);
  if (!judge.isInCharge(room, by)) {
    return refused("forbidden", "it is for moderators of the room");
  }
  if (by === person) return refused("forbidden", "this is yourself");
  return { room, lowest: view.from };
}
