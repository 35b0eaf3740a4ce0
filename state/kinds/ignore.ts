import type { Effect } from "../../hub/effects.ts";
import type { Fields } from "../../protocol/fields.ts";
import { IGNORED_LIMIT } from "../../protocol/ignoring.ts";
import { IgnoredTable } from "../ignored_table.ts";
import { each, isText, type Kind } from "../kind.ts";
import { MembershipTable } from "../membership_table.ts";
import { type EventOutcome, refused, UNCHANGED } from "../outcome.ts";
import { Permissions } from "../permissions.ts";

/** A person ignores another, or no longer. */
export interface IgnoreEvent {
  readonly type: "ignore";
  readonly person: string;
  /** The id of the person who is ignored; a guest can be, too. */
  readonly other: string;
  readonly on: boolean;
}

export const ignoreKind: Kind<IgnoreEvent> = {
  parse({ person, other, on }: Fields): IgnoreEvent | undefined {
    return isText(person) && isText(other) && typeof on === "boolean"
      ? { type: "ignore", person, other, on }
      : undefined;
  },

  prepare(db) {
    const permissions = new Permissions(db);
    const ignored = new IgnoredTable(db);
    const memberships = new MembershipTable(db);
    return each(({ person, other, on }): EventOutcome => {
      if (!permissions.mayBecomeMember(person)) {
        return refused("forbidden", "it is for people who have a name");
      }
      if (person === other) return refused("forbidden", "this is yourself");
      if (on === ignored.has(person, other)) return UNCHANGED;
      if (on && ignored.count(person) >= IGNORED_LIMIT) {
        return refused("too_many", `you ignore ${IGNORED_LIMIT} people`);
      }
      if (on) ignored.add(person, other);
      else ignored.remove(person, other);
      // Only the person receives it: ignored people must not find out.
      const user = { id: other, name: permissions.shownName(other) };
      const line = { type: "ignoring", user, on } as const;
      // Their messages no longer count as unread, or do so again.
      const rooms = memberships.all(person).filter(({ read, last }) => read < last);
      return {
        type: "changed",
        effects: [
          { type: "send", to: { people: [person] }, line },
          ...rooms.map(({ room }): Effect => ({ type: "membership", person, room, late: true })),
        ],
      };
    });
  },
};
