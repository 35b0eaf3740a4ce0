import { each, isText, type Kind } from "../kind.ts";
import type { Fields } from "../../protocol/fields.ts";
import { MESSAGE_REACTIONS, OWN_REACTIONS, REACTIONS } from "../../protocol/changes.ts";
import { type ChangeFields, ChangeJudge, GONE, isTarget, parseChange } from "../change_judge.ts";
import { type EventOutcome, refused, UNCHANGED } from "../outcome.ts";
import { Permissions } from "../permissions.ts";

/** A person reacts to a message with an emoji, or no longer does. */
export interface ReactEvent extends ChangeFields {
  readonly type: "react";
  /** One emoji, as the person's server has checked. */
  readonly emoji: string;
  readonly on: boolean;
}

export const reactKind: Kind<ReactEvent> = {
  parse(fields: Fields): ReactEvent | undefined {
    const change = parseChange(fields);
    const { emoji, on } = fields;
    if (!isText(emoji) || !emoji.isWellFormed() || typeof on !== "boolean") return undefined;
    return change && { type: "react", ...change, emoji, on };
  },

  prepare(db) {
    const permissions = new Permissions(db);
    const judge = new ChangeJudge(db, permissions);
    const { reactions } = judge.table;
    return each((event, at): EventOutcome => {
      const { seq, emoji, on, person, id } = event;
      const target = judge.find(event);
      if (!isTarget(target)) return target;
      const { room, change } = target;
      if (change.deleted !== undefined) return GONE;
      const refusal = judge.mayWrite(room, person, at);
      if (refusal !== undefined) return refusal;
      const known = judge.authorOf(person);
      const place = { room: room.id, seq, emoji };
      const isOn = known !== undefined && reactions.has(place, known);
      if (isOn === on) return UNCHANGED;
      const count = reactions.count(place);
      if (on && count === 0 && change.emoji >= REACTIONS) {
        return refused("too_many", `a message has at most ${REACTIONS} different emoji`);
      }
      if (
        on && count === 0 && known !== undefined &&
        reactions.emojiOf(room.id, seq, known) >= OWN_REACTIONS
      ) {
        return refused("too_many", `you have reacted with ${OWN_REACTIONS} emoji to this message`);
      }
      if (on && reactions.total(room.id, seq) >= MESSAGE_REACTIONS) {
        return refused("too_many", `a message has at most ${MESSAGE_REACTIONS} reactions`);
      }
      const author = known ?? judge.addAuthor(person);
      // The rev that the change will have.
      if (on) reactions.add(place, author, judge.table.rev(room.id) + 1);
      else reactions.remove(place, author);
      const isOther = on ? count === 0 : count === 1;
      const emojis = change.emoji + (isOther ? (on ? 1 : -1) : 0);
      const next = { ...change, emoji: emojis };
      return judge.revise({ target, change: next, by: person, id, now: at });
    });
  },
};
