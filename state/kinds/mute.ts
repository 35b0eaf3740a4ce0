import { each, isLasting, isText, type Kind } from "../kind.ts";
import type { Fields } from "../../protocol/fields.ts";
import { Audit } from "../audit.ts";
import { type EventOutcome, refused, UNCHANGED } from "../outcome.ts";
import { Permissions } from "../permissions.ts";
import { integer } from "../rows.ts";
import { LASTING, Restrictions } from "../restrictions.ts";

/** A person may not write for a time, or may again. */
export interface MuteEvent {
  readonly type: "mute";
  /** The person's id; a guest can be muted, too. */
  readonly person: string;
  /** The time in seconds from the event on; 0 lifts a mute, absent: until it is lifted. */
  readonly seconds?: number;
  /** The admin who wants it. */
  readonly by: string;
}

export const muteKind: Kind<MuteEvent> = {
  parse({ person, seconds, by }: Fields): MuteEvent | undefined {
    if (!isText(person) || !isText(by)) return undefined;
    if (seconds !== undefined && !isLasting(seconds, 1000)) return undefined;
    return { type: "mute", person, by, ...(seconds !== undefined && { seconds }) };
  },

  prepare(db) {
    const permissions = new Permissions(db);
    const audit = new Audit(db);
    const restrictions = new Restrictions(db);
    return each(({ person, seconds, by }, at): EventOutcome => {
      // An admin who was muted may end that: else the last admin could stay muted permanently.
      const lifts = by === person && seconds === 0 && permissions.mayAdminister(by);
      const refusal = lifts ? undefined : permissions.mayModerate(by, person);
      if (refusal !== undefined) return refused("forbidden", refusal);
      const until = seconds === undefined ? LASTING : seconds === 0 ? 0 : at + seconds * 1000;
      if (integer(restrictions.of(person)?.muted ?? 0) === until) return UNCHANGED;
      restrictions.mute(person, until);
      const detail = seconds === undefined ? "lasting" : String(seconds);
      audit.add({ at, by, action: "mute", person, detail });
      return { type: "changed", effects: permissions.announce(person) };
    });
  },
};
