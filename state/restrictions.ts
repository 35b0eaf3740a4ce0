import type { DatabaseSync, StatementSync } from "node:sqlite";
import { statementsOf } from "./lazy_statements.ts";
import type { DatabaseRow } from "./rows.ts";

/** The end of a mute that lasts until it is lifted, in ms since 1970: the largest time of JavaScript. */
export const LASTING = 8.64e15;

/** A ban as it is stored. */
export interface StoredBan {
  readonly person: string;
  readonly name: string;
  /** The time, in ms since 1970. */
  readonly at: number;
  readonly by: string;
  readonly reason: string;
}

/** Every statement. Exported for the test that checks that each of them uses an index. */
export const RESTRICTIONS_SQL = {
  of: "select muted, banned, deleted from author where person = ?",
  mute: `
    insert into author (person, muted) values (?1, ?2)
    on conflict (person) do update set muted = ?2
  `,
  ban: `
    insert into author (person, banned) values (?1, ?2)
    on conflict (person) do update set banned = ?2
  `,
  markDeleted: `
    insert into author (person, deleted) values (?1, 1)
    on conflict (person) do update set deleted = 1
  `,
  addBan: "insert into ban (person, name, at, by, reason) values (?, ?, ?, ?, ?)",
  removeBan: "delete from ban where person = ?",
};

/**
 * Mutes and bans. They are in the row of the author, which each message reads anyway, and
 * guests have one, too, as soon as they write or are restricted.
 */
export class Restrictions {
  readonly #sql: { readonly [Name in keyof typeof RESTRICTIONS_SQL]: StatementSync };

  constructor(db: DatabaseSync) {
    this.#sql = statementsOf(db, RESTRICTIONS_SQL);
  }

  /** Returns `muted`, the end of a mute in ms since 1970, and `banned` and `deleted`, each 0 or 1. */
  of(person: string): DatabaseRow | undefined {
    return this.#sql.of.get(person);
  }

  /** Records that the account of a person was deleted. */
  markDeleted(person: string): void {
    this.#sql.markDeleted.run(person);
  }

  /** Mutes a person until a time, in ms since 1970. */
  mute(person: string, until: number): void {
    this.#sql.mute.run(person, until);
  }

  /** Bans a person who is not banned. */
  ban({ person, name, at, by, reason }: StoredBan): void {
    this.#sql.ban.run(person, 1);
    this.#sql.addBan.run(person, name, at, by, reason);
  }

  /** Ends a person's ban. */
  unban(person: string): void {
    this.#sql.ban.run(person, 0);
    this.#sql.removeBan.run(person);
  }
}
