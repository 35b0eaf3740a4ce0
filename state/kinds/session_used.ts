import { each, isCount, isText, isTime, type Kind } from "../kind.ts";
import { DAY_MS } from "../../lib/time.ts";
import type { Fields } from "../../protocol/fields.ts";
import { type Effect, LOGGED_OUT } from "../../hub/effects.ts";
import { type EventOutcome, refused } from "../outcome.ts";
import { DEVICE_CHARACTERS, SessionTable } from "../session_table.ts";
import { ROLE_SQL } from "./role.ts";

/** A person with a name logs in, or uses a session on another day. */
export interface SessionUsedEvent {
  readonly type: "session_used";
  readonly session: string;
  /** The person's id. */
  readonly person: string;
  /**
   * The person's generation when the secret or the cookie was checked: it rises with each change of the secret, and when all
   * sessions end.
   */
  readonly generation: number;
  /** The number of the key of all sessions then; absent for the first one. */
  readonly rotation?: number;
  /** The day of use, in days since 1970. */
  readonly used: number;
  /** True to forget the person's sessions of which no cookie can be valid: the sender trusts the clock. */
  readonly forgets: boolean;
  /** See `Device` of the protocol. */
  readonly browser?: string;
  readonly system?: string;
}

export const sessionUsedKind: Kind<SessionUsedEvent> = {
  parse({ session, person, generation, used, forgets, ...rest }: Fields) {
    const { rotation, browser, system } = rest;
    if (!isText(session) || !isText(person) || !isCount(generation) || !isTime(used, DAY_MS)) {
      return undefined;
    }
    if (typeof forgets !== "boolean") return undefined;
    if (rotation !== undefined && !isCount(rotation)) return undefined;
    if (!isDevice(browser) || !isDevice(system)) return undefined;
    return {
      ...{ type: "session_used", session, person, generation, used, forgets },
      ...(rotation !== undefined && { rotation }),
      ...(browser !== undefined && { browser }),
      ...(system !== undefined && { system }),
    };
  },

  prepare(db) {
    const find = db.prepare(ROLE_SQL.person);
    const sessions = new SessionTable(db);
    return each((event, at): EventOutcome => {
      const { session: id, person, generation, rotation = 0, used, forgets } = event;
      if (find.get(person) === undefined) {
        return refused("no_person", "there is nobody with this id and a name");
      }
      if (!sessions.isValid({ id, person, generation, rotation })) {
        return refused("stale", "the session was ended, or the secret or the key changed");
      }
      if (forgets) sessions.forget(person, at);
      const { browser, system } = event;
      sessions.use({
        ...{ id, person, since: at, used, generation },
        ...(browser !== undefined && { browser }),
        ...(system !== undefined && { system }),
      });
      const effects = sessions.endSurplus(person, id, at).map((session): Effect => ({
        ...{ type: "disconnect", person, session, closing: LOGGED_OUT },
      }));
      return { type: "changed", ...(effects.length > 0 && { effects }) };
    });
  },
};

function isDevice(value: unknown): value is string | undefined {
  return value === undefined || (isText(value) && value.length <= DEVICE_CHARACTERS);
}
