import type { Fields } from "../../protocol/fields.ts";
import { each, isLasting, isText, type Kind } from "../kind.ts";
import { type EventOutcome, refused, UNCHANGED } from "../outcome.ts";
import { Permissions } from "../permissions.ts";
import { LASTING } from "../restrictions.ts";
import { DoNotDisturbTable } from "../do_not_disturb_table.ts";

/** A person does not want to be disturbed for a time, or may be again. */
export interface DoNotDisturbEvent {
  readonly type: "do_not_disturb";
  readonly person: string;
  /** The time in seconds from the event on; 0 ends it, absent: until it is ended. */
  readonly seconds?: number;
}

export const doNotDisturbKind: Kind<DoNotDisturbEvent> = {
  parse({ person, seconds }: Fields): DoNotDisturbEvent | undefined {
    if (!isText(person)) return undefined;
    if (seconds === undefined) return { type: "do_not_disturb", person };
    return isLasting(seconds, 1000) ? { type: "do_not_disturb", person, seconds } : undefined;
  },

  prepare(db) {
    const permissions = new Permissions(db);
    const doNotDisturb = new DoNotDisturbTable(db);
    return each(({ person, seconds }, at): EventOutcome => {
      if (!permissions.mayBecomeMember(person)) {
        return refused("forbidden", "it is for people who have a name");
      }
      const until = seconds === undefined ? LASTING : seconds === 0 ? 0 : at + seconds * 1000;
      if (doNotDisturb.of(person) === until) return UNCHANGED;
      doNotDisturb.set(person, until);
      // Only the person receives it.
      return { type: "changed", effects: [permissions.announceTo(person)] };
    });
  },
};
