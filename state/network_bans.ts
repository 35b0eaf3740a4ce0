import type { DatabaseSync, StatementSync } from "node:sqlite";
import { statementsOf } from "./lazy_statements.ts";
import type { BannedNetwork } from "../protocol/moderation.ts";
import { integer, string } from "./rows.ts";

/** The most networks that are kept out at once. */
export const NETWORK_BANS = 1000;

/** Every statement. Exported for the test that checks that each of them uses an index. */
export const NETWORK_BANS_SQL = {
  until: "select until from network_ban where network = ?",
  of: "select network, until from network_ban where person = ? order by network",
  person: "select person from network_ban where network = ?",
  networkBans: "select count(*) as count from (select 1 from network_ban limit ?)",
  add: `
    insert into network_ban (network, person, until) values (?1, ?2, ?3)
    on conflict (network) do update set person = ?2, until = ?3
  `,
  remove: "delete from network_ban where network = ?",
  removeOf: "delete from network_ban where person = ?",
  isOld: "select 1 from network_ban where until <= ? limit 1",
  removeOld: "delete from network_ban where until <= ?",
};

/** The networks that are kept out with people who are banned. */
export class NetworkBans {
  readonly #sql: { readonly [Name in keyof typeof NETWORK_BANS_SQL]: StatementSync };

  constructor(db: DatabaseSync) {
    this.#sql = statementsOf(db, NETWORK_BANS_SQL);
  }

  /** Returns the time until which a network is kept out, in ms since 1970; 0 for one that is not. */
  until(network: string): number {
    return integer(this.#sql.until.get(network)?.until ?? 0);
  }

  /** Returns the networks that are kept out with a person. */
  of(person: string): BannedNetwork[] {
    return this.#sql.of.all(person).map(({ network, until }) => ({
      network: string(network),
      until: integer(until),
    }));
  }

  /** Returns the id of the person with whom a network is kept out. */
  personOf(network: string): string | undefined {
    const row = this.#sql.person.get(network);
    return row && string(row.person);
  }

  /** Keeps out a network until a time, in ms since 1970. Returns false if too many are. */
  add(network: string, person: string, until: number): boolean {
    if (integer(this.#sql.networkBans.get(NETWORK_BANS)?.count) >= NETWORK_BANS) return false;
    this.#sql.add.run(network, person, until);
    return true;
  }

  /** Lets a network in again. */
  remove(network: string): void {
    this.#sql.remove.run(network);
  }

  /** Lets the networks in again that were kept out with a person. */
  removeOf(person: string): void {
    this.#sql.removeOf.run(person);
  }

  /** Returns whether a network was kept out until a time that has passed, in ms since 1970. */
  isOld(now: number): boolean {
    return this.#sql.isOld.get(now) !== undefined;
  }

  /** Forgets the networks that were kept out until a time that has passed. */
  removeOld(now: number): void {
    this.#sql.removeOld.run(now);
  }
}
