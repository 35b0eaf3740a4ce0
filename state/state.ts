/**
 * The durable state: what results from applying the events of the log in their order.
 *
 * @module
 */
import type { StatementSync } from "node:sqlite";
import { statementsOf } from "./lazy_statements.ts";
import { nextChecksum } from "./checksum.ts";
import type { Database } from "./database.ts";
import type { Entry, ReceivedEntry } from "./entry.ts";
import { DamageError, FileError, isStorageError } from "./storage_error.ts";
import { toError } from "../lib/errors.ts";
import {
  type ApplyEvents,
  type Event,
  NewerEventError,
  newerRules,
  parseEvent,
  prepareKinds,
  RULES,
} from "./events.ts";
import type { EventOutcome } from "./outcome.ts";
import { integer, string } from "./rows.ts";

/** The identity of this chat, and its settings. */
export interface Store {
  /** 32 hex digits. */
  readonly id: string;
  /** Random for each log: another epoch means that nothing seen before counts. */
  readonly epoch: string;
  /** Signs cookies. */
  readonly key: Uint8Array;
  /** Messages older than this are deleted, in days; 0 keeps them permanently. */
  readonly keepDays: number;
}

/** The progress of the state through the log. */
export interface Progress {
  /** The position of the last entry applied; 0 before the first. */
  readonly position: number;
  /** The time of that entry, in milliseconds since 1970. */
  readonly at: number;
  /** That entry's run and number, which tell its log from another. */
  readonly entry: string;
  /** See {@linkcode nextChecksum}. */
  readonly checksum: string;
  /** The rules by which events are applied. */
  readonly rules: number;
}

/** The result of an entry. */
export interface Applied {
  readonly position: number;
  readonly run?: string;
  readonly number?: number;
  /** The state's checksum after it. */
  readonly checksum: string;
  /** One for each event; undefined when the batch was ignored, because it was not next in its run. */
  readonly outcomes: readonly EventOutcome[] | undefined;
}

/** An entry is missing between the state and the entry to apply. */
export class MissingEntryError extends Error {
  override name = "MissingEntryError";
}

/** Callbacks for what an operator should know. */
export interface StateOptions {
  /** An event could not be applied, and is refused on every server alike. */
  readonly onFault?: (fault: { position: number; kind: string; error: Error }) => void;
  /** The newest rules that this program knows; those of `RULES` by default. */
  readonly maxRules?: number;
}

/** An entry whose events are read; an event that is malformed is undefined. */
type ParsedEntry = Omit<Entry, "events"> & { readonly events: readonly (Event | undefined)[] };

/** What is written with entries. */
interface Writing {
  /** Whether the progress is; it is by default. */
  readonly isNoted?: boolean;
  /** Whether they are the first that a server appends alone. */
  readonly isFirst?: boolean;
}

/** Applies the events of an entry. */
type ApplyEntry = (
  events: readonly (Event | undefined)[],
  at: number,
  position: number,
) => readonly EventOutcome[];

/** The time for which a run is remembered after its last batch, in ms. An unknown run begins with 1. */
export const RUN_MS: number = 7 * 24 * 60 * 60 * 1000;

/** The state's own statements. Exported for the test that checks that each of them uses an index. */
export const STATE_SQL = {
  progress: "select position, at, entry, checksum, rules from log",
  advance: "update log set position = ?, at = ?, entry = ?, checksum = ?",
  store: "select id, epoch, key, keep_days from store",
  run: "select number from run where id = ?",
  setRun: `
    insert into run (id, number, at) values (?1, ?2, ?3)
    on conflict (id) do update set number = ?2, at = ?3
  `,
  forgetRuns: "delete from run where at < ?",
  forgetAllRuns: "delete from run",
  probe: "update log set position = position",
};

/**
 * The state in a {@linkcode Database}, which has to outlive it and which nobody else may write to.
 *
 * `apply` is deterministic: two states that are given the same entries are equal, however the entries
 * are grouped into calls and whatever is restarted in between. It writes the position in the
 * transaction of what that counts.
 */
export class State {
  readonly database: Database;
  /** The newest rules that this program knows. */
  readonly maxRules: number;
  readonly #onFault: NonNullable<StateOptions["onFault"]>;
  readonly #applyOf: (type: Event["type"]) => ApplyEvents;
  readonly #sql: { readonly [Name in keyof typeof STATE_SQL]: StatementSync };
  #progress: Progress;
  /** Whether the file says that it is a log of its own. */
  #isOwnLog = false;
  /** The kind of the last events; undefined if they were taken back. */
  #appliedLast: Event["type"] | undefined;
  /** See {@linkcode takeLate}. */
  #late: Applied[] = [];

  /** @throws {NewerEventError} when a newer program has applied events by newer rules */
  constructor(
    database: Database,
    { onFault = () => {}, maxRules = RULES }: StateOptions = {},
  ) {
    const { db } = database;
    this.database = database;
    this.maxRules = maxRules;
    this.#onFault = onFault;
    this.#applyOf = prepareKinds(db);
    this.#sql = statementsOf(db, STATE_SQL);
    this.#progress = this.#readProgress();
    const { rules } = this.#progress;
    if (rules > maxRules) throw newerRules(rules, maxRules);
  }

  /** The progress of the state through the log. */
  get progress(): Progress {
    return this.#progress;
  }

  /** The identity of this chat; undefined before the `init` event. */
  get store(): Store | undefined {
    const row = this.#sql.store.get();
    if (row === undefined) return undefined;
    if (!(row.key instanceof Uint8Array)) throw new DamageError("the signing key is no blob");
    return {
      id: string(row.id),
      epoch: string(row.epoch),
      key: row.key,
      keepDays: integer(row.keep_days),
    };
  }

  /**
   * Appends a batch after the last entry and applies it, in one transaction. For a single
   * server: this state's file is its log.
   *
   * The progress goes to the disk with the first batch and with those that have more than messages. With every
   * batch it would cost a page and a sixth of the commit of a single message, and nobody else follows this log: what
   * counts is the messages. So after a crash the position is that of an earlier batch.
   *
   * @throws when the disk fails; then nothing has changed, or {@linkcode takeLate} returns what has
   */
  append(events: readonly Event[], at: number): readonly EventOutcome[] {
    const isNoted = !this.#isOwnLog || events.some(({ type }) => type !== "message");
    const position = this.#progress.position + 1;
    const [applied] = this.#applyAll([{ position, at, events }], {
      isNoted,
      isFirst: !this.#isOwnLog,
    });
    this.#isOwnLog = true;
    // A batch without a run is never ignored.
    return applied?.outcomes ?? [];
  }

  /**
   * Applies entries of the log in one transaction. Entries that were applied before are skipped.
   * Stops in front of an event that only a newer program can apply.
   *
   * @throws {NewerEventError} when the next entry has such an event
   * @throws {MissingEntryError} when entries are missing between the state and these
   * @throws when the disk fails; then nothing has changed
   */
  apply(entries: readonly ReceivedEntry[]): Applied[] {
    const next: ParsedEntry[] = [];
    let expected = this.#progress.position + 1;
    for (const entry of entries) {
      if (entry.position < expected) continue;
      if (entry.position > expected) {
        throw new MissingEntryError(
          `Cannot apply entry ${entry.position} of the log: entry ${expected} is missing`,
        );
      }
      try {
        next.push(parseEntry(entry, this.maxRules));
      } catch (error) {
        if (!(error instanceof NewerEventError) || next.length === 0) throw error;
        break;
      }
      expected++;
    }
    return next.length === 0 ? [] : this.#applyAll(next);
  }

  /**
   * Takes the batches that are applied although {@linkcode append} threw: they were committed when the file was
   * found to be away. If it comes back, they have their place in the order, and everyone is to see them.
   */
  takeLate(): Applied[] {
    const late = this.#late;
    this.#late = [];
    return late;
  }

  #applyAll(entries: readonly ParsedEntry[], writing: Writing = {}): Applied[] {
    const transaction = (apply: ApplyEntry) => this.#transaction(entries, apply, writing);
    try {
      return transaction((events, at) => this.#applyTogether(events, at));
    } catch (error) {
      if (isStorageError(error)) throw error;
    }
    // Some event throws, and would on every server. Finding out which costs more, so it comes second.
    return transaction((events, at, position) =>
      events.map((event) => this.#applyAlone(event, at, position))
    );
  }

  #transaction(
    entries: readonly ParsedEntry[],
    apply: ApplyEntry,
    { isNoted = true, isFirst = false }: Writing,
  ): Applied[] {
    let next = this.#progress;
    let applied: Applied[] = [];
    const write = () => {
      applied = entries.map((entry): Applied => {
        const { position, at, run, number } = entry;
        const outcomes = this.#isNext(entry) ? apply(entry.events, at, position) : undefined;
        const checksum = nextChecksum(next.checksum, entry, outcomes);
        next = { ...next, position, at, entry: entryName(run, number), checksum };
        return {
          position,
          ...(run !== undefined && number !== undefined && { run, number }),
          checksum,
          outcomes,
        };
      });
      // A copy of a shared log does not fit to it any more, and by that it is known.
      if (isFirst) this.#sql.forgetAllRuns.run();
      if (isNoted) this.#sql.advance.run(next.position, next.at, next.entry, next.checksum);
      // To read it anew with each commit would cost a twentieth of the commit of a single message.
      if (entries.some(hasRules)) next = this.#readProgress();
    };
    try {
      this.database.transaction(write);
    } catch (error) {
      this.#appliedLast = undefined;
      if (error instanceof FileError && error.committed) {
        this.#progress = next;
        this.#late.push(...applied);
      }
      throw error;
    }
    this.#progress = next;
    if (applied.some(({ outcomes }) => outcomes?.some(isErasing))) this.database.truncation.soon();
    return applied;
  }

  /** Whether a batch is the next one of its run; notes it if so. */
  #isNext({ run, number = 1, at }: ParsedEntry): boolean {
    if (run === undefined) return true;
    const last = this.#sql.run.get(run);
    if (number !== (last === undefined ? 0 : integer(last.number)) + 1) return false;
    if (last === undefined) this.#sql.forgetRuns.run(at - RUN_MS);
    this.#sql.setRun.run(run, number, at);
    return true;
  }

  /** Applies events that follow each other and are of one kind by one call. */
  #applyTogether(events: readonly (Event | undefined)[], at: number): readonly EventOutcome[] {
    const outcomes: EventOutcome[][] = [];
    for (let start = 0; start < events.length;) {
      const type = events[start]?.type;
      let end = start + 1;
      while (end < events.length && events[end]?.type === type) end++;
      const group = start === 0 && end === events.length ? events : events.slice(start, end);
      outcomes.push(this.#applyGroup(type, group, at));
      start = end;
    }
    return outcomes.length === 1 ? outcomes[0] ?? [] : outcomes.flat();
  }

  #applyGroup(
    type: Event["type"] | undefined,
    events: readonly (Event | undefined)[],
    at: number,
  ): EventOutcome[] {
    const apply = type && this.#applyOf(type);
    if (!apply) return events.map(() => MALFORMED);
    const goesOn = type === this.#appliedLast;
    this.#appliedLast = type;
    return apply(events.filter((event) => event !== undefined), at, goesOn);
  }

  #applyAlone(event: Event | undefined, at: number, position: number): EventOutcome {
    const { db } = this.database;
    if (event === undefined) return MALFORMED;
    db.exec("savepoint event");
    try {
      const [outcome = MALFORMED] = this.#applyGroup(event.type, [event], at);
      db.exec("release event");
      return outcome;
    } catch (thrown) {
      if (isStorageError(thrown)) throw thrown;
      this.#appliedLast = undefined;
      db.exec("rollback to event");
      db.exec("release event");
      const error = toError(thrown);
      this.#onFault({ position, kind: event.type, error });
      return { type: "refused", code: "fault", reason: error.message };
    }
  }

  /**
   * Writes something that changes nothing.
   *
   * @throws when the disk can't be written
   */
  probe(): void {
    this.database.transaction(() => this.#sql.probe.run());
  }

  #readProgress(): Progress {
    const row = this.#sql.progress.get();
    return {
      position: integer(row?.position),
      at: integer(row?.at),
      entry: string(row?.entry),
      checksum: string(row?.checksum),
      rules: integer(row?.rules),
    };
  }
}

const MALFORMED: EventOutcome = {
  type: "refused",
  code: "fault",
  reason: "the event is malformed",
};

/** The name of an entry in {@linkcode Progress}. */
export function entryName(run = "", number = 0): string {
  return `${run}:${number}`;
}

/** Whether an entry may change the rules. */
function hasRules({ events }: ParsedEntry): boolean {
  return events.some((event) => event?.type === "rules");
}

/** @throws {NewerEventError} when the entry has an event that only a newer program can apply */
function parseEntry({ position, at, batch }: ReceivedEntry, rules: number): ParsedEntry {
  if (batch === undefined) return { position, at, events: [] };
  const { run, number } = batch;
  return {
    position,
    at,
    run,
    number,
    events: batch.events.map((event) => parseEvent(event, rules)),
  };
}

/** Whether something is to go from the file soon: an edit replaces one, too. */
function isErasing(outcome: EventOutcome): boolean {
  return outcome.type === "revised" || (outcome.type === "changed" && outcome.erases === true);
}
