import { each, isNumber, isText, type Kind } from "../kind.ts";
import type { Fields } from "../../protocol/fields.ts";

/** Somebody logs out: the session is not valid any more. */
export interface SessionEndedEvent {
  readonly type: "session_ended";
  readonly session: string;
  /** Until when a cookie of it could still be valid, in seconds since 1970. */
  readonly until: number;
  /** True to forget the ended sessions of which no cookie can be valid: the sender trusts the clock. */
  readonly forgets: boolean;
}

/** The session_ended kind's statements. */
export const SESSION_ENDED_SQL = {
  forget: "delete from ended_sessions where until < ?",
  end: "insert or replace into ended_sessions (id, until) values (?, ?)",
};

export const sessionEndedKind: Kind<SessionEndedEvent> = {
  parse({ session, until, forgets }: Fields): SessionEndedEvent | undefined {
    return isText(session) && isNumber(until) && typeof forgets === "boolean"
      ? { type: "session_ended", session, until, forgets }
      : undefined;
  },

  prepare(db) {
    const forget = db.prepare(SESSION_ENDED_SQL.forget);
    const end = db.prepare(SESSION_ENDED_SQL.end);
    return each(({ session, until, forgets }, at) => {
      if (forgets) forget.run(Math.floor(at / 1000));
      end.run(session, until);
      return { type: "changed", endedSession: session };
    });
  },
};
