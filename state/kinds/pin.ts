import { each, type Kind } from "../kind.ts";
import type { Fields } from "../../protocol/fields.ts";
import { PINS } from "../../protocol/changes.ts";
import { type ChangeFields, ChangeJudge, GONE, isTarget, parseChange } from "../change_judge.ts";
import { type EventOutcome, refused, UNCHANGED } from "../outcome.ts";
import { Permissions } from "../permissions.ts";

/** A message is pinned, or no longer. */
export interface PinEvent extends ChangeFields {
  readonly type: "pin";
  readonly on: boolean;
}

export const pinKind: Kind<PinEvent> = {
  parse(fields: Fields): PinEvent | undefined {
    const change = parseChange(fields);
    const { on } = fields;
    return change && typeof on === "boolean" ? { type: "pin", ...change, on } : undefined;
  },

  prepare(db) {
    const permissions = new Permissions(db);
    const judge = new ChangeJudge(db, permissions);
    const { table } = judge;
    return each((event, at): EventOutcome => {
      const { on, person, id } = event;
      const target = judge.find(event);
      if (!isTarget(target)) return target;
      const { room, change: { pinned, ...change } } = target;
      if (change.deleted !== undefined) return GONE;
      if (!judge.isInCharge(room, person)) {
        return refused("forbidden", "only moderators can pin a message");
      }
      const refusal = judge.mayWrite(room, person, at);
      if (refusal !== undefined) return refusal;
      if ((pinned !== undefined) === on) return UNCHANGED;
      if (on && table.countPins(room.id) >= PINS) {
        return refused("too_many", `a room has at most ${PINS} pinned messages`);
      }
      // The rev that the change will have.
      const next = on ? { ...change, pinned: table.rev(room.id) + 1 } : change;
      return judge.revise({ target, change: next, by: person, id, now: at });
    });
  },
};
