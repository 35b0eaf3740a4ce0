import { each, isText, isTime, type Kind } from "../kind.ts";
import type { Fields } from "../../protocol/fields.ts";
import { LOGGED_OUT } from "../../hub/effects.ts";
import { UNCHANGED } from "../outcome.ts";
import { SessionTable } from "../session_table.ts";

/** Somebody logs out, here or from another of their sessions: the session is not valid any more. */
export interface SessionEndedEvent {
  readonly type: "session_ended";
  readonly session: string;
  /** Until when a cookie of it could still be valid, in seconds since 1970. */
  readonly until: number;
  /** True to forget the ended sessions of which no cookie can be valid: the sender trusts the clock. */
  readonly forgets: boolean;
  /** The person who ends it from elsewhere: it must be one of theirs. Absent for a browser that logs itself out. */
  readonly person?: string;
}

/** The session_ended kind's statement. */
export const SESSION_ENDED_SQL = {
  forget: "delete from ended_sessions where until < ?",
};

export const sessionEndedKind: Kind<SessionEndedEvent> = {
  parse({ session, until, forgets, person }: Fields): SessionEndedEvent | undefined {
    if (!isText(session) || !isTime(until, 1000) || typeof forgets !== "boolean") return undefined;
    if (person !== undefined && !isText(person)) return undefined;
    const event = { type: "session_ended", session, until, forgets } as const;
    return person === undefined ? event : { ...event, person };
  },

  prepare(db) {
    const forget = db.prepare(SESSION_ENDED_SQL.forget);
    const sessions = new SessionTable(db);
    return each(({ session, until, forgets, person }, at) => {
      if (person !== undefined && sessions.of(session, person) === undefined) return UNCHANGED;
      if (forgets) forget.run(Math.floor(at / 1000));
      sessions.end(session, until);
      if (person === undefined) return { type: "changed", endedSession: session };
      const effect = { type: "disconnect", person, session, closing: LOGGED_OUT } as const;
      return { type: "changed", effects: [effect] };
    });
  },
};
