/**
 * The capability of seeing and ending one's own sessions: the places where one is logged in.
 *
 * @module
 */
import type { CommandParsers, LineParsers } from "./capability.ts";
import { isActionId, readAction } from "./command_fields.ts";
import { isCount, isFields, isList, isString } from "./fields.ts";

/** The most sessions of one person; a further one ends the one that was not used for longest. */
export const SESSIONS_LIMIT = 100;

/** The kind of program and device that a session was used with, as far as it is known; no version, and no address. */
export interface Device {
  /** The name of the browser. */
  readonly browser?: string;
  /** The name of the operating system. */
  readonly system?: string;
}

/** A session as the server knows it by a cookie; never sent. */
export interface SessionKey {
  readonly id: string;
  /** The id of its person. */
  readonly person: string;
  /** The number of times that all sessions of the person had been ended before it was issued. */
  readonly generation: number;
  /** The number of signing keys before the one that its cookie was signed by; absent for none. */
  readonly rotation?: number;
}

/** Another proof than a session of who a connection is, as the server knows it; never sent. */
export type Proof = Pick<SessionKey, "person" | "generation">;

/** Requests one's own sessions. */
export interface SessionsCommand {
  readonly type: "sessions";
  readonly id?: string;
}

/** Ends one of one's own sessions, and closes its connections. */
export interface EndSessionCommand {
  readonly type: "end_session";
  readonly id?: string;
  /** The `id` of a session. */
  readonly session: string;
}

/** Ends all of one's own sessions but the one of this connection. */
export interface EndOtherSessionsCommand {
  readonly type: "end_other_sessions";
  readonly id?: string;
}

/** Every command of this capability. */
export type SessionCommand = SessionsCommand | EndSessionCommand | EndOtherSessionsCommand;

/** A place where a person is logged in. */
export interface OwnSession extends Device {
  /** Says which one it is; the cookie has it, too, but nobody can log in with it. */
  readonly id: string;
  /** The time of the first use with a name, in ms since 1970. */
  readonly since: number;
  /** The beginning of the last day of use in UTC, in ms since 1970. */
  readonly used: number;
  /** Present for the session of this connection. */
  readonly current?: true;
}

/** Answers `sessions`: the one of this connection first, then those used last. */
export interface SessionsLine {
  readonly type: "sessions";
  readonly id?: string;
  readonly sessions: readonly OwnSession[];
}

/** The parsers of the commands. */
export const SESSION_COMMANDS: CommandParsers<SessionCommand> = {
  sessions: (fields) => readAction(fields, "list the sessions", () => ({ type: "sessions" })),
  end_session: (fields) =>
    readAction(
      fields,
      "end the session",
      ({ session }) =>
        isActionId(session)
          ? { type: "end_session", session }
          : "session must be the id of a session",
    ),
  end_other_sessions: (fields) =>
    readAction(fields, "end the sessions", () => ({ type: "end_other_sessions" })),
};

/** The parsers of the lines. */
export const SESSION_LINES: LineParsers<SessionsLine> = {
  sessions({ id, sessions }) {
    if (id !== undefined && !isActionId(id)) return undefined;
    if (!isList(sessions, isOwnSession)) return undefined;
    return { type: "sessions", ...(id !== undefined && { id }), sessions };
  },
};

function isOwnSession(value: unknown): value is OwnSession {
  return isFields(value) && isActionId(value.id) && isCount(value.since) && isCount(value.used) &&
    (value.current === undefined || value.current === true) &&
    (value.browser === undefined || isString(value.browser)) &&
    (value.system === undefined || isString(value.system));
}
