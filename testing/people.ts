/**
 * People for tests: a store of their own, a clock that stands until it is set, and hashes that cost nothing.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { SteadyClock } from "../lib/steady_clock.ts";
import { People } from "../people/people.ts";
import type { Event } from "../state/events.ts";
import { type LocalState, openLocalState } from "../state/local.ts";
import type { StatePeople } from "../state/people.ts";
import { SessionTable } from "../state/session_table.ts";
import { SlowHash } from "../people/secret_hash.ts";
import { Sessions } from "../people/session.ts";

export { DAY_MS } from "../lib/time.ts";

/** Returns an answer that is ok, or throws the reason of another one. */
export function good<A extends { ok: boolean }>(answer: A): Extract<A, { ok: true }> {
  if (!isGood(answer)) throw new Error(`Refused: ${Deno.inspect(answer)}`);
  return answer;
}

function isGood<A extends { ok: boolean }>(answer: A): answer is Extract<A, { ok: true }> {
  return answer.ok;
}

/** The id of an admin. */
const ROOT = "id-of-root";

/** A store on disk or in memory that can be opened again, with other passwords. */
export class TestPeople implements Disposable {
  /** The time, in milliseconds since 1970. */
  time = Date.UTC(2030, 0, 1);
  readonly store: StatePeople;
  readonly #state: LocalState<unknown>;
  /** Both of its clocks are the time of the test, so they agree. */
  readonly #clock = new SteadyClock({ now: () => this.time, elapsed: () => this.time });

  constructor(path = ":memory:") {
    this.#state = openLocalState({ path, sync: "normal", now: () => this.time });
    this.store = this.#state.people;
  }

  /** Opens people as a server on this store would. */
  open(password?: string): Promise<People> {
    const hashes = new SlowHash({ cost: { N: 2, r: 1, p: 1 } });
    return People.open(this.store, { password, hashes, clock: this.#clock });
  }

  /** Opens what issues the cookies of a server with this password. */
  sessions(password?: string): Sessions {
    return new Sessions({ keys: () => this.store.signingKeys(), password, now: () => this.time });
  }

  /** Bans a person, or lifts the ban, as an admin would. */
  ban(person: string, banned = true): void {
    this.#moderate({ type: "ban", person, name: "", banned, reason: "", by: ROOT });
  }

  /** Mutes a person, as an admin would. */
  mute(person: string, seconds: number): void {
    this.#moderate({ type: "mute", person, seconds, by: ROOT });
  }

  /** Replaces the signing key, as an operator would. */
  rotateKey(): void {
    const key = Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString("base64");
    const [outcome] = this.#state.state.append([{ type: "keys_rotated", key }], this.time);
    if (outcome?.type !== "changed") throw new Error(`Cannot do it: ${Deno.inspect(outcome)}`);
  }

  #moderate(event: Event): void {
    const [, , outcome] = this.#state.state.append([
      { type: "name", person: ROOT, name: "root", key: "root", used: 0 },
      { type: "role", person: ROOT, role: "admin" },
      event,
    ], this.time);
    if (outcome?.type !== "changed") throw new Error(`Cannot do it: ${Deno.inspect(outcome)}`);
  }

  /** Counts the rows of a table. */
  rows(table: "people" | "ended_sessions"): number {
    const { db } = this.#state.state.database;
    return Number(db.prepare(`select count(*) as n from ${table}`).get()?.n);
  }

  /** The sessions of a person that are listed: the last day of use, and the device. */
  logins(person: string): { id: string; used: number; browser?: string; system?: string }[] {
    return new SessionTable(this.#state.state.database.db).all(person)
      .map(({ person: _, since: _since, generation: _generation, ...session }) => session);
  }

  [Symbol.dispose](): void {
    this.#state[Symbol.dispose]();
  }
}
