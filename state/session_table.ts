import type { DatabaseSync, StatementSync } from "node:sqlite";
import { statementsOf } from "./lazy_statements.ts";
import { type Device, type SessionKey, SESSIONS_LIMIT } from "../protocol/sessions.ts";
import { SESSION_SECONDS } from "../people/session.ts";
import { DAY_MS } from "../lib/time.ts";
import { type DatabaseRow, integer, string } from "./rows.ts";

/** A session of a person with a name, as it is stored. */
export interface StoredSession extends Device {
  readonly id: string;
  readonly person: string;
  /** The time of the first use with a name, in ms since 1970. */
  readonly since: number;
  /** The last day of use, in days since 1970. */
  readonly used: number;
  /**
   * The person's generation up to which the session is valid, if that is above the cookie's: it was spared when the others
   * were ended.
   */
  readonly generation: number;
}

/** The most characters of the name of a browser or a system. */
export const DEVICE_CHARACTERS = 40;

/** Every statement. Exported for the test that checks that each of them uses an index. */
export const SESSION_SQL = {
  isValid: `
    select not exists (select 1 from ended_sessions where id = ?1) and
      coalesce((select max(n) from former_key), 0) = ?4 and
      not exists (select 1 from author where person = ?2 and deleted = 1) and
      coalesce((select generation from people where id = ?2), 0) <=
        max(?3, coalesce((select generation from session where id = ?1 and person = ?2), 0)) as valid
  `,
  generation: "select generation from people where id = ?",
  of: "select * from session where id = ? and person = ?",
  all: "select * from session where person = ? order by used desc, since desc, id",
  use: `
    insert into session (id, person, since, used, generation, browser, system)
    values (?1, ?2, ?3, ?4, ?5, ?6, ?7)
    on conflict (id) do update set
      used = max(used, excluded.used),
      generation = max(generation, excluded.generation),
      browser = coalesce(excluded.browser, browser),
      system = coalesce(excluded.system, system)
    where person = excluded.person
  `,
  forget: "delete from session where person = ? and used < ?",
  surplus: `
    select id from session where person = ? and id <> ?
    order by used desc, since desc, id limit -1 offset ${SESSIONS_LIMIT - 1}
  `,
  end: "insert or replace into ended_sessions (id, until) values (?, ?)",
  remove: "delete from session where id = ?",
  removeOthers: "delete from session where person = ? and id <> ?",
  raise: "update people set generation = generation + 1 where id = ?",
  spare: `
    update session set generation = (select generation from people where id = ?2)
    where id = ?1 and person = ?2
  `,
};

/** The statements on all rows. */
const EVERYBODY_SQL = {
  clear: "delete from session",
  raiseAll: "update people set generation = generation + 1",
};

/** The sessions of people with a name. Of guests, only the cookie knows. */
export class SessionTable {
  readonly #sql: {
    readonly [Name in keyof typeof SESSION_SQL | keyof typeof EVERYBODY_SQL]: StatementSync;
  };

  constructor(db: DatabaseSync) {
    this.#sql = statementsOf(db, { ...SESSION_SQL, ...EVERYBODY_SQL });
  }

  /** Returns whether a session was not ended, neither alone nor with all others, of its person or of everyone. */
  isValid({ id, person, generation, rotation = 0 }: SessionKey): boolean {
    return this.#sql.isValid.get(id, person, generation, rotation)?.valid === 1;
  }

  /** Returns the number of times that all sessions of a person were ended; 0 for a person without a name. */
  generationOf(person: string): number {
    return integer(this.#sql.generation.get(person)?.generation ?? 0);
  }

  /** Returns a session, if it is that person's. */
  of(id: string, person: string): StoredSession | undefined {
    const row = this.#sql.of.get(id, person);
    return row && toSession(row);
  }

  /** Returns the sessions of a person, those used last first. */
  all(person: string): StoredSession[] {
    return this.#sql.all.all(person).map(toSession);
  }

  /** Records a use of a session, perhaps the first one. */
  use({ id, person, since, used, generation, browser, system }: StoredSession): void {
    this.#sql.use.run(id, person, since, used, generation, browser ?? null, system ?? null);
  }

  /** Forgets the sessions of a person of which no cookie can be valid any more; `at` in ms since 1970. */
  forget(person: string, at: number): void {
    this.#sql.forget.run(person, Math.floor((at - SESSION_SECONDS * 1000) / DAY_MS) - 1);
  }

  /** Ends the sessions of a person that are too many besides one, and returns them; `at` in ms since 1970. */
  endSurplus(person: string, besides: string, at: number): string[] {
    const surplus = this.#sql.surplus.all(person, besides).map(({ id }) => string(id));
    for (const id of surplus) this.end(id, Math.floor(at / 1000) + SESSION_SECONDS);
    return surplus;
  }

  /** Ends a session; `until` is the time until which a cookie of it could be valid, in seconds since 1970. */
  end(id: string, until: number): void {
    this.#sql.end.run(id, until);
    this.#sql.remove.run(id);
  }

  /** Forgets all sessions of a person, whose cookies are not valid any more for another reason. */
  removeAll(person: string): void {
    this.#sql.removeOthers.run(person, "");
  }

  /** Ends the sessions of everyone with a name. */
  endEverybodys(): void {
    this.#sql.clear.run();
    this.#sql.raiseAll.run();
  }

  /** Ends all sessions of a person but, perhaps, one. Returns false for a person without a name. */
  endAll(person: string, besides = ""): boolean {
    this.#sql.removeOthers.run(person, besides);
    if (this.#sql.raise.run(person).changes === 0) return false;
    this.#sql.spare.run(besides, person);
    return true;
  }
}

/** Returns the session in a row. */
export function toSession(
  { id, person, since, used, generation, browser, system }: DatabaseRow,
): StoredSession {
  return {
    id: string(id),
    person: string(person),
    since: integer(since),
    used: integer(used),
    generation: integer(generation),
    ...(browser !== null && { browser: string(browser) }),
    ...(system !== null && { system: string(system) }),
  };
}
