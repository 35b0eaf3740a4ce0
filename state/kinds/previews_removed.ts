import { each, isNumber, isText, type Kind } from "../kind.ts";
import type { Fields } from "../../protocol/fields.ts";
import { ChangeJudge, GONE, isTarget } from "../change_judge.ts";
import { type EventOutcome, refused, UNCHANGED } from "../outcome.ts";
import { Permissions } from "../permissions.ts";

/** Somebody does not want the previews of a message, now and later. Its author may, and those in charge of the room. */
export interface PreviewsRemovedEvent {
  readonly type: "previews_removed";
  readonly room: string;
  readonly seq: number;
  /** The id of the person's command, if it has one. */
  readonly id?: string;
  readonly person: string;
}

export const previewsRemovedKind: Kind<PreviewsRemovedEvent> = {
  parse({ room, seq, id, person }: Fields): PreviewsRemovedEvent | undefined {
    if (!isText(room) || !isNumber(seq) || !isText(person)) return undefined;
    if (id !== undefined && !isText(id)) return undefined;
    return { type: "previews_removed", room, seq, person, ...(id !== undefined && { id }) };
  },

  prepare(db) {
    const permissions = new Permissions(db);
    const judge = new ChangeJudge(db, permissions);
    return each((event, at): EventOutcome => {
      const { person, id } = event;
      const target = judge.find(event);
      if (!isTarget(target)) return target;
      const { room, authorId, change } = target;
      const isOwn = authorId === person && permissions.mayEnter(person);
      const isInCharge = judge.isInCharge(room, person);
      if (!isOwn && !isInCharge) {
        return refused("forbidden", "only its author and moderators can remove its previews");
      }
      if (room.info.archived && !isInCharge) return refused("archived", "the room is archived");
      if (change.deleted !== undefined) return GONE;
      if (change.previews?.bytes === 0) return UNCHANGED;
      return judge.revise({
        ...{ target, by: person, id, now: at, erases: true },
        change: judge.table.withoutPreviews(change, true),
      });
    });
  },
};
