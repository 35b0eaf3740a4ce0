import type { Effect } from "../../hub/effects.ts";
import { each, isText, type Kind } from "../kind.ts";
import type { Fields } from "../../protocol/fields.ts";
import { MembershipTable } from "../membership_table.ts";
import { type EventOutcome, UNCHANGED } from "../outcome.ts";

/** A person has read all rooms, as far as they are when this is applied. */
export interface AllReadEvent {
  readonly type: "all_read";
  readonly person: string;
}

export const allReadKind: Kind<AllReadEvent> = {
  parse({ person }: Fields): AllReadEvent | undefined {
    return isText(person) ? { type: "all_read", person } : undefined;
  },

  prepare(db) {
    const memberships = new MembershipTable(db);
    return each(({ person }): EventOutcome => {
      const effects: Effect[] = [];
      for (const membership of memberships.unread(person)) {
        const { room, last } = membership;
        memberships.mark(membership, last);
        // There may be hundreds, each of which takes longer to count than to mark.
        effects.push({ type: "membership", person, room, late: true });
      }
      return effects.length === 0 ? UNCHANGED : { type: "changed", effects };
    });
  },
};
