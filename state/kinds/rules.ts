import { each, isNumber, type Kind } from "../kind.ts";
import type { Fields } from "../../protocol/fields.ts";
import { DAY_MS } from "../../lib/time.ts";
import { CHANGED, UNCHANGED } from "../outcome.ts";

/**
 * From here on events are applied by newer rules, if every server that was at work in the last 24 hours
 * can. A program that can't stops in front of it; see {@linkcode parseEvent}.
 */
export interface RulesEvent {
  readonly type: "rules";
  readonly version: number;
}

/** The rules kind's statements. */
export const RULES_SQL = {
  older: "select id from run where at > ?1 and rules < ?2 limit 1",
  raise: "update log set rules = ?1 where rules < ?1",
};

export const rulesKind: Kind<RulesEvent> = {
  parse({ version }: Fields): RulesEvent | undefined {
    return isNumber(version) ? { type: "rules", version } : undefined;
  },

  prepare(db) {
    const older = db.prepare(RULES_SQL.older);
    const raise = db.prepare(RULES_SQL.raise);
    return each(({ version }, at) => {
      if (older.get(at - DAY_MS, version)) {
        return {
          type: "refused",
          code: "stale",
          reason: "a server with an older program was here",
        };
      }
      return raise.run(version).changes > 0 ? CHANGED : UNCHANGED;
    });
  },
};
