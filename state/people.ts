import type { DatabaseSync, StatementSync } from "node:sqlite";
import { statementsOf } from "./lazy_statements.ts";
import type {
  AccountDeletion,
  Claim,
  Owner,
  PeopleStore,
  SessionEnd,
  SessionUse,
} from "../people/store.ts";
import type { SessionKey } from "../protocol/sessions.ts";
import type { SigningKeys } from "../people/session.ts";
import { BusyError } from "../lib/fair_queue.ts";
import { getOrMake } from "../lib/maps.ts";
import type { EventLog } from "./event_log.ts";
import { FormerKeys } from "./former_keys.ts";
import type { Event } from "./events.ts";
import type { EventOutcome } from "./outcome.ts";
import { DAY_MS } from "../lib/time.ts";
import { LINK_GONE, MUTED_NAME, OLD_SECRET, Refused } from "../people/denial.ts";
import { UNUSED_DAYS } from "../people/names.ts";
import { SESSION_SECONDS } from "../people/session.ts";
import { Permissions } from "./permissions.ts";
import { Restrictions } from "./restrictions.ts";
import { integer, OWNER_COLUMNS, toOwner } from "./rows.ts";
import { SessionTable } from "./session_table.ts";
import type { SmallEvents } from "./small_events.ts";
import type { State } from "./state.ts";

/** Every statement. Exported for the test that checks that each of them uses an index. */
export const PEOPLE_SQL = {
  byId: `select ${OWNER_COLUMNS} from people where id = ?`,
  byKey: `select ${OWNER_COLUMNS} from people where key = ?`,
  lookalikes: `select ${OWNER_COLUMNS} from people where key = ?1 or written = ?1`,
};

/** Names that people have for as long as they are connected, across servers. */
export interface NameHolds extends Pick<PeopleStore, "hold" | "release"> {
  /** Whether another person holds a name on another server, as far as is known. */
  isHeld(key: string, id: string): Promise<boolean>;
}

/** A server that is alone knows of all connections itself. */
const ALONE: NameHolds = {
  hold: () => Promise.resolve(true),
  release: () => Promise.resolve(),
  isHeld: () => Promise.resolve(false),
};

/** The parts that {@linkcode StatePeople} works with. */
export interface StatePeopleOptions {
  readonly log: EventLog;
  /** Appends to `log`. */
  readonly events: SmallEvents;
  /** The names that are held on other servers; none by default. */
  readonly holds?: NameHolds;
}

/** The source that an event is charged to, if that is known, and the person who wants it, if it is known who that is. */
interface Source {
  readonly person?: string;
  readonly from: string | undefined;
}

/** The people of the state: read from its tables, changed by events. */
export class StatePeople implements PeopleStore {
  readonly #state: State;
  readonly #log: EventLog;
  readonly #events: SmallEvents;
  readonly #holds: NameHolds;
  readonly #restrictions: Restrictions;
  readonly #permissions: Permissions;
  readonly #sessions: SessionTable;
  readonly #formerKeys: FormerKeys;
  /** The names that claims on their way into the log are for, and the persons who claim them. */
  readonly #claiming = new Map<string, string[]>();
  readonly #sql: { readonly [Name in keyof typeof PEOPLE_SQL]: StatementSync };

  constructor(state: State, { log, events, holds = ALONE }: StatePeopleOptions) {
    const db: DatabaseSync = state.database.db;
    this.#state = state;
    this.#log = log;
    this.#events = events;
    this.#holds = holds;
    this.#restrictions = new Restrictions(db);
    this.#sessions = new SessionTable(db);
    this.#formerKeys = new FormerKeys(db);
    this.#permissions = new Permissions(db, (read) => state.database.guard(read));
    this.#sql = statementsOf(db, PEOPLE_SQL);
  }

  signingKeys(): SigningKeys {
    const { database, store } = this.#state;
    if (store === undefined) throw new Error("Cannot read the signing key: the chat is not begun");
    return { key: store.key, ...database.guard(() => this.#formerKeys.read()) };
  }

  byId(id: string): Promise<Owner | undefined> {
    return Promise.try(() => this.#read(this.#sql.byId, id));
  }

  byKey(key: string): Promise<Owner | undefined> {
    return Promise.try(() => this.#read(this.#sql.byKey, key));
  }

  lookalikes(keys: readonly string[]): Promise<Owner[]> {
    return Promise.try(() =>
      this.#state.database.guard(() =>
        keys.flatMap((key) => this.#sql.lookalikes.all(key))
          .map(toOwner).filter((owner) => owner !== undefined)
      )
    );
  }

  #read(statement: StatementSync, value: string): Owner | undefined {
    return this.#state.database.guard(() => toOwner(statement.get(value)));
  }

  async claim(
    { id: person, name, key, written, secret, generation = 0, used }: Owner,
    { invite, from }: Claim = {},
  ): Promise<boolean> {
    const event: Event = {
      ...{ type: "name", person, name, key, used: this.#dayNotBefore(used) },
      ...(written !== undefined && { written }),
      ...(secret !== undefined && { secret, generation }),
      ...(invite !== undefined && { invite }),
    };
    const claimants = getOrMake(this.#claiming, key, () => []);
    claimants.push(person);
    try {
      if (await this.#holds.isHeld(key, person)) return false;
      const outcome = await this.#append(event, { person, from });
      if (outcome.type === "refused") throwRefused(outcome.code, invite !== undefined);
      return outcome.type === "named";
    } finally {
      claimants.splice(claimants.indexOf(person), 1);
      if (claimants.length === 0) this.#claiming.delete(key);
    }
  }

  async free({ id: person, used }: Pick<Owner, "id" | "used">, from?: string): Promise<void> {
    // The clock of this server may be wrong: the log's time decides, which this asks for.
    if (!this.#isUnused(used)) await this.#append({ type: "name_used", person, day: 0 }, { from });
    if (this.#isUnused(used)) await this.#append({ type: "name_expired", person, used }, { from });
  }

  #isUnused(used: number): boolean {
    return Math.floor(this.#state.progress.at / DAY_MS) - used > UNUSED_DAYS;
  }

  /**
   * The list of connected people knows all who hold a name on this server. Only a claim on its way into the log
   * is not in it.
   */
  async hold(key: string, id: string): Promise<boolean> {
    const claimants = this.#claiming.get(key) ?? [];
    if (claimants.some((claimant) => claimant !== id)) return false;
    const owner = await this.byKey(key);
    if (owner && owner.id !== id) return false;
    return await this.#holds.hold(key, id);
  }

  release(key: string, id: string): Promise<void> {
    return this.#holds.release(key, id);
  }

  /**
   * Returns a day, but not one before the log's, which is NATS's: with a clock that is behind, a name would be free too
   * early. The log of a server that is alone has no other clock than that server.
   */
  #dayNotBefore(day: number): number {
    const isAlone = this.#holds === ALONE;
    return isAlone ? day : Math.max(day, Math.floor(this.#state.progress.at / DAY_MS));
  }

  async use(person: string, date: number, from?: string): Promise<void> {
    const day = this.#dayNotBefore(date);
    const owner = await this.byId(person);
    if (owner && owner.used < day) {
      await this.#append({ type: "name_used", person, day }, { person, from });
    }
  }

  async endSession(session: string, { until, forgets, from }: SessionEnd): Promise<void> {
    // With a clock that is behind, the session would be valid again before its cookie is too old.
    const least = Math.floor(this.#state.progress.at / 1000) + SESSION_SECONDS;
    const event = { type: "session_ended", session, forgets } as const;
    const by = { person: session, from };
    await this.#append({ ...event, until: Math.max(until, least) }, by);
  }

  async endSessions(person: string, from?: string): Promise<void> {
    await this.#append({ type: "all_sessions_ended", person }, { person, from });
  }

  async deleteAccount(
    person: string,
    generation: number,
    { messages = false, from }: { readonly messages?: boolean; readonly from?: string } = {},
  ): Promise<AccountDeletion> {
    const event = { type: "account_deleted", person, generation } as const;
    const outcome = await this.#append(messages ? { ...event, messages } : event, { person, from });
    if (outcome.type !== "refused") return "deleted";
    if (outcome.code === "rate_limited") {
      throw new BusyError(`Cannot delete the account: ${outcome.reason}; try again later`);
    }
    return outcome.code === "last_admin" ? "last_admin" : "stale";
  }

  get position(): number {
    return this.#state.progress.position;
  }

  reach(position: number): Promise<void> {
    return this.#log.reach(position);
  }

  mayEnter(id: string): Promise<boolean> {
    return Promise.try(() => this.#permissions.mayEnter(id));
  }

  isBanned(id: string): Promise<boolean> {
    const { database } = this.#state;
    return Promise.try(() => database.guard(() => this.#restrictions.of(id)?.banned === 1));
  }

  mutedUntil(id: string): Promise<number> {
    const { database } = this.#state;
    return Promise.try(() => database.guard(() => integer(this.#restrictions.of(id)?.muted ?? 0)));
  }

  isLoggedIn(session: SessionKey): Promise<boolean> {
    return Promise.try(() => this.#permissions.isLoggedIn(session));
  }

  async useSession({ session, day: date, forgets, device, from }: SessionUse): Promise<boolean> {
    const day = this.#dayNotBefore(date);
    const { id, person, generation, rotation = 0 } = session;
    const known = this.#state.database.guard(() => this.#sessions.of(id, person));
    if (known !== undefined && known.used >= day) return await this.isLoggedIn(session);
    if (await this.byId(person) === undefined) return true;
    const used: Event = {
      ...{ type: "session_used", session: id, person, generation, used: day, forgets },
      ...(rotation > 0 && { rotation }),
      ...device,
    };
    const outcome = await this.#append(used, { person, from });
    return outcome.type !== "refused" || outcome.code !== "stale";
  }

  /** @throws when the event could not be applied, which is a fault of the program */
  async #append(event: Event, source: Source): Promise<EventOutcome> {
    const { from: network, person = network } = source;
    const by = person === undefined || network === undefined ? undefined : { person, network };
    const outcome = await this.#events.append(event, by);
    if (outcome.type === "refused" && outcome.code === "fault") {
      throw new Error(`Cannot apply "${event.type}": ${outcome.reason}`);
    }
    return outcome;
  }
}

/** Refuses a name for a reason that is none of the name. */
function throwRefused(code: string, follows: boolean): void {
  if (code === "muted") throw new Refused(403, MUTED_NAME);
  if (code === "stale") throw follows ? new Refused(404, LINK_GONE) : new Refused(401, OLD_SECRET);
}
