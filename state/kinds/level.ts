import { each, isText, type Kind } from "../kind.ts";
import type { Fields } from "../../protocol/fields.ts";
import { type Level, LEVELS } from "../../protocol/memberships.ts";
import { MembershipTable } from "../membership_table.ts";
import { type EventOutcome, refused, UNCHANGED } from "../outcome.ts";

/** A person wants to be notified of other messages of a room than before. */
export interface LevelEvent {
  readonly type: "level";
  readonly person: string;
  readonly room: string;
  readonly level: Level;
}

export const levelKind: Kind<LevelEvent> = {
  parse({ person, room, level }: Fields): LevelEvent | undefined {
    const known = LEVELS.find((each) => each === level);
    if (!isText(person) || !isText(room) || known === undefined) return undefined;
    return { type: "level", person, room, level: known };
  },

  prepare(db) {
    const memberships = new MembershipTable(db);
    return each(({ person, room, level }): EventOutcome => {
      const membership = memberships.of(person, room);
      if (membership === undefined) return refused("no_room", "you are no member of this room");
      if (membership.level === level) return UNCHANGED;
      memberships.setLevel(membership, level);
      return { type: "changed", effects: [{ type: "membership", person, room }] };
    });
  },
};
