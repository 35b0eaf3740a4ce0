import type { Effect } from "../../hub/effects.ts";
import { each, isText, type Kind } from "../kind.ts";
import type { Fields } from "../../protocol/fields.ts";
import {
  comparePlaces,
  MembershipTable,
  PLACE_GAP,
  type StoredMembership,
} from "../membership_table.ts";
import { type EventOutcome, refused, UNCHANGED } from "../outcome.ts";

/** A person moves a room to another place in the order of their rooms. */
export interface OrderEvent {
  readonly type: "order";
  readonly person: string;
  readonly room: string;
  /** The room that it comes before; absent: the end. */
  readonly before?: string;
}

export const orderKind: Kind<OrderEvent> = {
  parse({ person, room, before }: Fields): OrderEvent | undefined {
    if (!isText(person) || !isText(room) || (before !== undefined && !isText(before))) {
      return undefined;
    }
    return { type: "order", person, room, ...(before !== undefined && { before }) };
  },

  prepare(db) {
    const memberships = new MembershipTable(db);
    return each(({ person, room, before }): EventOutcome => {
      const moved = memberships.of(person, room);
      if (moved === undefined) return refused("no_room", "you are no member of this room");
      const next = before === undefined ? undefined : memberships.of(person, before);
      if (before !== undefined && (next === undefined || before === room)) {
        return refused("no_room", "you are no member of the room to put it before");
      }
      const former = memberships.preceding(moved, next);
      const isBehind = former === undefined || comparePlaces(former, moved) < 0;
      const isBefore = next === undefined || comparePlaces(moved, next) < 0;
      if (isBehind && isBefore) return UNCHANGED;
      const low = former?.place ?? 0;
      const high = next?.place ?? low + 2 * PLACE_GAP;
      const effects: Effect[] = [];
      const place = (membership: StoredMembership, to: number): void => {
        if (membership.place === to) return;
        memberships.setPlace(membership, to);
        const effect = { type: "membership", person, room: membership.room } as const;
        // Of hundreds of others each takes longer to count than to move.
        effects.push(membership.roomId === moved.roomId ? effect : { ...effect, late: true });
      };
      // Between its neighbours, so that no other room changes; without a number in between all get new ones.
      if (high - low > 1) place(moved, low + Math.floor((high - low) / 2));
      else {
        const others = memberships.all(person).filter(({ roomId }) => roomId !== moved.roomId);
        const at = next === undefined
          ? others.length
          : others.findIndex(({ roomId }) => roomId === next.roomId);
        for (const [i, each] of others.toSpliced(at, 0, moved).entries()) {
          place(each, (i + 1) * PLACE_GAP);
        }
      }
      return { type: "changed", effects };
    });
  },
};
