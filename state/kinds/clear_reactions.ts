import { each, isNumber, isText, type Kind } from "../kind.ts";
import type { Fields } from "../../protocol/fields.ts";
import { isHiddenRoom } from "../../protocol/addresses.ts";
import { Audit } from "../audit.ts";
import { ChangeJudge, GONE, isTarget } from "../change_judge.ts";
import { type EventOutcome, refused, UNCHANGED } from "../outcome.ts";
import { Permissions } from "../permissions.ts";

/** The reactions to a message are removed, those of everyone: all of them, or those with one emoji. */
export interface ClearReactionsEvent {
  readonly type: "clear_reactions";
  readonly room: string;
  readonly seq: number;
  /** Absent for all of them. */
  readonly emoji?: string;
  /** The id of the person's command, if it has one. */
  readonly id?: string;
  readonly person: string;
}

/** The refusal of somebody who does not keep order in the room. */
const NOT_IN_CHARGE: EventOutcome = refused(
  "forbidden",
  "only moderators can remove the reactions of others",
);

export const clearReactionsKind: Kind<ClearReactionsEvent> = {
  parse({ room, seq, emoji, id, person }: Fields): ClearReactionsEvent | undefined {
    if (!isText(room) || !isNumber(seq) || !isText(person)) return undefined;
    if (emoji !== undefined && (!isText(emoji) || !emoji.isWellFormed())) return undefined;
    if (id !== undefined && !isText(id)) return undefined;
    return {
      ...{ type: "clear_reactions", room, seq, person },
      ...(emoji !== undefined && { emoji }),
      ...(id !== undefined && { id }),
    };
  },

  prepare(db) {
    const permissions = new Permissions(db);
    const judge = new ChangeJudge(db, permissions);
    const { reactions } = judge.table;
    const audit = new Audit(db);
    return each((event, at): EventOutcome => {
      const { seq, emoji, person, id } = event;
      const target = judge.find(event);
      if (!isTarget(target)) return target;
      const { room, authorId, change } = target;
      if (change.deleted !== undefined) return GONE;
      if (!judge.isInCharge(room, person)) return NOT_IN_CHARGE;
      const refusal = judge.mayWrite(room, person, at);
      if (refusal !== undefined) return refusal;
      if (change.emoji === 0) return UNCHANGED;
      const place = { room: room.id, seq };
      if (emoji === undefined) reactions.removeAll(room.id, seq, seq);
      else if (!reactions.removeEmoji({ ...place, emoji })) return UNCHANGED;
      // Of a hidden room, admins learn that it was done.
      const detail = isHiddenRoom(room.room) ? undefined : room.room;
      audit.add({ at, by: person, action: "clear_reactions", person: authorId, detail });
      const left = emoji === undefined ? 0 : change.emoji - 1;
      return judge.revise({ target, change: { ...change, emoji: left }, by: person, id, now: at });
    });
  },
};
