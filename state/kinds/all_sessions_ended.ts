import { each, isText, type Kind } from "../kind.ts";
import type { Fields } from "../../protocol/fields.ts";
import { LOGGED_OUT } from "../../hub/effects.ts";
import { Audit } from "../audit.ts";
import { type EventOutcome, refused } from "../outcome.ts";
import { Permissions } from "../permissions.ts";

/**
 * A person logs out everywhere: no session issued before is valid any more, and all connections of the person end,
 * on every server.
 */
export interface AllSessionsEndedEvent {
  readonly type: "all_sessions_ended";
  /** The person's id. */
  readonly person: string;
  /** The admin who wants it; absent for the person themselves. */
  readonly by?: string;
}

/** The all_sessions_ended kind's statement. */
export const ALL_SESSIONS_ENDED_SQL = {
  end: "update people set generation = generation + 1 where id = ?",
};

export const allSessionsEndedKind: Kind<AllSessionsEndedEvent> = {
  parse({ person, by }: Fields): AllSessionsEndedEvent | undefined {
    if (!isText(person) || (by !== undefined && !isText(by))) return undefined;
    return { type: "all_sessions_ended", person, ...(by !== undefined && { by }) };
  },

  prepare(db) {
    const end = db.prepare(ALL_SESSIONS_ENDED_SQL.end);
    const permissions = new Permissions(db);
    const audit = new Audit(db);
    return each(({ person, by }, at): EventOutcome => {
      const refusal = by === undefined ? undefined : permissions.mayModerate(by, person);
      if (refusal !== undefined) return refused("forbidden", refusal);
      const effects = [{ type: "disconnect", person, closing: LOGGED_OUT } as const];
      // A guest is not stored, but connected.
      if (end.run(person).changes === 0) return { type: "unchanged", effects };
      if (by !== undefined) audit.add({ at, by, action: "end_sessions", person });
      return { type: "changed", effects };
    });
  },
};
