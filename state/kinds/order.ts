import type { Effect } from "../../hub/effects.ts";
import { each, isText, type Kind } from "../kind.ts";
import type { Fields } from "../../protocol/fields.ts";
import { MembershipTable, PLACE_GAP } from "../membership_table.ts";
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
      const all = memberships.all(person);
      const moved = all.find((each) => each.room === room);
      if (moved === undefined) return refused("no_room", "you are no member of this room");
      const others = all.filter((each) => each !== moved);
      const at = before === undefined
        ? others.length
        : others.findIndex((each) => each.room === before);
      if (at < 0) return refused("no_room", "you are no member of the room to put it before");
      const ordered = others.toSpliced(at, 0, moved);
      if (ordered.every((each, i) => each === all[i])) return UNCHANGED;
      const low = others[at - 1]?.place ?? 0;
      const high = others[at]?.place ?? low + 2 * PLACE_GAP;
      const effects: Effect[] = [];
      const place = (membership: typeof moved, to: number): void => {
        if (membership.place === to) return;
        memberships.setPlace(membership, to);
        effects.push({ type: "membership", person, room: membership.room });
      };
      // Between its neighbours, so that no other room changes; without a number in between all get new ones.
      if (high - low > 1) place(moved, low + Math.floor((high - low) / 2));
      else for (const [i, each] of ordered.entries()) place(each, (i + 1) * PLACE_GAP);
      return { type: "changed", effects };
    });
  },
};
