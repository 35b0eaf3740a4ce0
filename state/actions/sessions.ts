import type { OwnSession, SessionCommand } from "../../protocol/sessions.ts";
import { SESSION_SECONDS } from "../../people/session.ts";
import { DAY_MS } from "../../lib/time.ts";
import { timeNotBefore } from "../log_time.ts";
import { SessionTable } from "../session_table.ts";
import { type ActionHandlers, change } from "./action.ts";

/** The commands of the capability of one's own sessions. */
export const SESSION_ACTIONS: ActionHandlers<SessionCommand> = {
  sessions: ({ id }, { db, person, session: current }) => {
    const stored = new SessionTable(db).all(person);
    const first = stored.filter(({ id }) => id === current);
    const rest = stored.filter(({ id }) => id !== current);
    const sessions = [...first, ...rest].map((
      { id, since, used, browser, system },
    ): OwnSession => ({
      ...{ id, since, used: used * DAY_MS },
      ...(id === current && { current: true }),
      ...(browser !== undefined && { browser }),
      ...(system !== undefined && { system }),
    }));
    return { type: "sessions", ...(id !== undefined && { id }), sessions };
  },

  end_session: (command, context) => {
    const { session } = command;
    const until = Math.floor(timeNotBefore(context.db) / 1000) + SESSION_SECONDS;
    const event = { type: "session_ended", session, until, forgets: false } as const;
    return change({ ...event, person: context.person }, command, context);
  },

  end_other_sessions: (command, context) => {
    const { person, session: except = "" } = context;
    return change({ type: "all_sessions_ended", person, except }, command, context);
  },
};
