import { each, isNumber, type Kind } from "../kind.ts";
import type { Fields } from "../../protocol/fields.ts";
import { MessageRemoval } from "../message_removal.ts";
import { UNCHANGED } from "../outcome.ts";
import { Permissions } from "../permissions.ts";

/** A step of the removal of what a person has written: at most 200 messages go. Any server may propose the next one. */
export interface MessagesRemovedEvent {
  readonly type: "messages_removed";
  /** The number of the removal. */
  readonly removal: number;
  /** The number of the step; any other than the next one changes nothing. */
  readonly step: number;
}

export const messagesRemovedKind: Kind<MessagesRemovedEvent> = {
  parse({ removal, step }: Fields): MessagesRemovedEvent | undefined {
    return isNumber(removal) && isNumber(step)
      ? { type: "messages_removed", removal, step }
      : undefined;
  },

  prepare(db) {
    const removals = new MessageRemoval(db, new Permissions(db));
    return each(({ removal, step }, at) => {
      const done = removals.step(removal, at, step);
      if (done === undefined) return UNCHANGED;
      const { effects, count, more } = done;
      return { type: "changed", effects, removed: { count, more }, erases: true };
    });
  },
};
