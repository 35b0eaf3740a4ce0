import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { RoomInfo } from "../protocol/room_settings.ts";
import type { Role } from "../protocol/mod.ts";
import type { Guard } from "./permissions.ts";
import { integer } from "./rows.ts";

/** The numbers of people who have a name, by role, of rooms that are stored, by kind, and of the work of moderators and admins. */
export interface CensusNumbers {
  readonly people: Readonly<Record<Exclude<Role, "guest">, number>>;
  readonly rooms: Readonly<Record<RoomInfo["kind"], number>>;
  /** Reports that nobody has closed. */
  readonly reports: number;
  /** People who are banned, guests too. */
  readonly bans: number;
  /** Removals of messages that are under way. */
  readonly removals: number;
}

/**
 * The statement. It goes through indexes alone: addresses that begin with `~` are those of private and direct rooms,
 * and those with `!` belong to rooms that are deleted.
 */
export const CENSUS_SQL = {
  census: `
    select
      (select count(*) from people) as people,
      (select count(*) from people where role = 'admin') as admins,
      (select count(*) from room) as rooms,
      (select count(*) from room where name >= '!' and name < '"') as deleted,
      (select count(*) from room where name >= '~' and name < char(127)) as hidden,
      (select count(*) from room where people is not null) as direct,
      (select count(*) from report) as reports,
      (select count(*) from ban) as bans,
      (select count(*) from removal) as removals
  `,
};

/** The most of the time that counting may take. */
const SHARE = 1 / 1000;

/** The parts of a {@linkcode Census}. */
export interface CensusOptions {
  readonly db: DatabaseSync;
  /** Runs the reading. */
  readonly guard: Guard;
  /** The time in ms; by default that of the machine. */
  readonly now?: () => number;
}

/**
 * Counts people and rooms when somebody asks, and never while messages are stored. Counting takes longer the more there
 * are, so that the numbers are kept for a thousand times as long as counting has taken: in a small chat they are those
 * of this moment, and with a million people, for which it takes 10 ms, they are at most 10 s old.
 */
export class Census {
  readonly #count: StatementSync;
  readonly #guard: Guard;
  readonly #now: () => number;
  #numbers: CensusNumbers | undefined;
  /** The time at which they are counted again. */
  #next = 0;

  constructor({ db, guard, now = () => performance.now() }: CensusOptions) {
    this.#count = db.prepare(CENSUS_SQL.census);
    this.#guard = guard;
    this.#now = now;
  }

  /** Returns the numbers. */
  get numbers(): CensusNumbers {
    const start = this.#now();
    if (this.#numbers !== undefined && start < this.#next) return this.#numbers;
    const row = this.#guard(() => this.#count.get());
    const of = (name: string) => integer(row?.[name]);
    const end = this.#now();
    this.#next = end + (end - start) / SHARE;
    return this.#numbers = {
      people: { member: of("people") - of("admins"), admin: of("admins") },
      rooms: {
        public: of("rooms") - of("hidden") - of("deleted"),
        private: of("hidden") - of("direct"),
        direct: of("direct"),
      },
      ...{ reports: of("reports"), bans: of("bans"), removals: of("removals") },
    };
  }
}
