import { each, isText, type Kind } from "../kind.ts";
import type { Fields } from "../../protocol/fields.ts";
import { LOGGED_OUT } from "../../hub/effects.ts";
import { Audit } from "../audit.ts";
import { type EventOutcome, refused } from "../outcome.ts";
import { Permissions } from "../permissions.ts";
import { SessionTable } from "../session_table.ts";

/**
 * A person logs out everywhere, or everywhere else: no session issued before is valid any more, and all connections of the
 * person end, on every server.
 */
export interface AllSessionsEndedEvent {
  readonly type: "all_sessions_ended";
  /** The person's id. */
  readonly person: string;
  /** The admin who wants it; absent for the person themselves. */
  readonly by?: string;
  /**
   * The session that the person does this from, which keeps its connections; empty for one without a session, as with
   * Basic: those all continue. Absent to end everything.
   */
  readonly except?: string;
}

export const allSessionsEndedKind: Kind<AllSessionsEndedEvent> = {
  parse({ person, by, except }: Fields): AllSessionsEndedEvent | undefined {
    if (!isText(person) || (by !== undefined && !isText(by))) return undefined;
    if (except !== undefined && typeof except !== "string") return undefined;
    return {
      ...{ type: "all_sessions_ended", person },
      ...(by !== undefined && { by }),
      ...(except !== undefined && { except }),
    };
  },

  prepare(db) {
    const sessions = new SessionTable(db);
    const permissions = new Permissions(db);
    const audit = new Audit(db);
    return each(({ person, by, except }, at): EventOutcome => {
      const refusal = by === undefined ? undefined : permissions.mayModerate(by, person);
      if (refusal !== undefined) return refused("forbidden", refusal);
      // One that was ended before this took its place in the log ends no others.
      if (except && sessions.of(except, person) === undefined) {
        return refused("stale", "this session was ended");
      }
      const rest = except === undefined ? {} : { except };
      const effects = [{ type: "disconnect", person, closing: LOGGED_OUT, ...rest } as const];
      // A guest is not stored, but connected.
      if (!sessions.endAll(person, except)) return { type: "unchanged", effects };
      if (by !== undefined) audit.add({ at, by, action: "end_sessions", person });
      return { type: "changed", effects };
    });
  },
};
