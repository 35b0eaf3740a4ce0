import { each, isLasting, type Kind } from "../kind.ts";
import { DAY_MS } from "../../lib/time.ts";
import type { Fields } from "../../protocol/fields.ts";
import { CHANGED, UNCHANGED } from "../outcome.ts";

/** Messages are kept for another number of days. */
export interface KeepDaysEvent {
  readonly type: "keep_days";
  /** 0 keeps them permanently. */
  readonly days: number;
}

/** The keep_days kind's statement. */
export const KEEP_DAYS_SQL = {
  set: "update store set keep_days = ?1 where keep_days <> ?1",
};

export const keepDaysKind: Kind<KeepDaysEvent> = {
  parse({ days }: Fields): KeepDaysEvent | undefined {
    return isLasting(days, DAY_MS) ? { type: "keep_days", days } : undefined;
  },

  prepare(db) {
    const set = db.prepare(KEEP_DAYS_SQL.set);
    return each(({ days }) => set.run(days).changes > 0 ? CHANGED : UNCHANGED);
  },
};
