import { appendOne, type EventLog } from "./event_log.ts";
import { AttachmentTable } from "./attachment_table.ts";
import { StateHistory } from "./history.ts";
import type { Event } from "./events.ts";
import { timeOfLog } from "./log_time.ts";
import { NetworkBans } from "./network_bans.ts";
import { ReportTable } from "./report_table.ts";
import { DAY_MS, HOUR_MS } from "../lib/time.ts";
import type { State } from "./state.ts";

/** The clocks and timers of {@linkcode Retention}. */
export interface RetentionOptions {
  /** In milliseconds since 1970. */
  readonly now?: () => number;
  /** Elapsed time that nobody sets, in milliseconds. */
  readonly elapsed?: () => number;
  /** Between two looks at whether something has become too old, in milliseconds. */
  readonly retentionIntervalMs?: number;
}

/** The hours after which a file is deleted that no message names. */
const FILE_HOURS = 24;
/** The days after which a report is deleted that nobody has ended. */
const REPORT_DAYS = 30;
/** Between two events while there is more to delete. */
const STEP_PAUSE_MS = 50;
/** The default interval between two checks, in ms. */
const INTERVAL_MS = 60_000;
/** For how long the clock must have agreed with elapsed time before anything is deleted by it. */
const TRUST_MS = HOUR_MS;
/** By how much the two may differ: a clock that is being adjusted a little is right. */
const TOLERANCE_MS = 60_000;

/**
 * Proposes the deletion of messages that are older than the state keeps, of old reports, of files
 * that no message names, and of expired bans of networks, in small steps.
 *
 * A clock that is wrong must not delete a history. So nothing is proposed before the clock has agreed with elapsed
 * time, and has been ahead of the log's last entry, for an hour; nor while it is far ahead of the log's own time,
 * which is NATS's where several servers share one: any of them may be wrong from its start on.
 */
export class Retention implements Disposable {
  readonly #state: State;
  readonly #log: EventLog;
  readonly #history: StateHistory;
  readonly #reports: ReportTable;
  readonly #networks: NetworkBans;
  readonly #files: AttachmentTable;
  readonly #now: () => number;
  readonly #elapsed: () => number;
  readonly #intervalMs: number;
  /** When clock and elapsed time were last compared, and since when they agree. */
  #seen: { now: number; elapsed: number };
  #agreedAt: number;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(state: State, log: EventLog, options: RetentionOptions = {}) {
    const { now = Date.now, elapsed = () => performance.now() } = options;
    this.#state = state;
    this.#log = log;
    this.#history = new StateHistory(state.database.db);
    this.#reports = new ReportTable(state.database.db);
    this.#networks = new NetworkBans(state.database.db);
    this.#files = new AttachmentTable(state.database.db);
    this.#now = now;
    this.#elapsed = elapsed;
    this.#seen = { now: now(), elapsed: elapsed() };
    this.#agreedAt = this.#seen.elapsed;
    this.#intervalMs = options.retentionIntervalMs ?? INTERVAL_MS;
    this.#stepIn(this.#intervalMs);
  }

  #stepIn(ms: number): void {
    this.#timer = setTimeout(async () => {
      // An error shows in the log's health; the step is tried again.
      const more = await this.step().catch(() => false);
      if (this.#timer !== undefined) this.#stepIn(more ? STEP_PAUSE_MS : this.#intervalMs);
    }, ms);
  }

  /** Proposes one event, if one is due. Returns whether more may be. */
  async step(): Promise<boolean> {
    const now = this.#now();
    const keepDays = this.#state.store?.keepDays ?? 0;
    if (!this.#trusts(now)) return false;
    const event = this.#history.expiring(now, keepDays) ?? this.#expiringReports(now) ??
      (this.#networks.isOld(now) ? { type: "network_bans_expired", before: now } : undefined) ??
      this.#expiringFiles(now);
    if (event === undefined || !await this.#agreesWithLog()) return false;
    const outcome = await appendOne(this.#log, event);
    return outcome.type === "changed";
  }

  /** The event that deletes reports which nobody has ended, if there are any. */
  #expiringReports(now: number): Event | undefined {
    const before = now - REPORT_DAYS * DAY_MS;
    return this.#reports.old(before).length > 0 ? { type: "reports_expired", before } : undefined;
  }

  /** The event that deletes files which no message names, if there are any. */
  #expiringFiles(now: number): Event | undefined {
    const before = now - FILE_HOURS * HOUR_MS;
    return this.#files.unnamed(before).length > 0 ? { type: "files_expired", before } : undefined;
  }

  /** Returns whether the clock is not ahead of the log's time; if the last entry is old, asks for that. */
  async #agreesWithLog(): Promise<boolean> {
    if (this.#isAhead) await timeOfLog(this.#state, this.#log);
    if (this.#isAhead) this.#agreedAt = this.#elapsed();
    return !this.#isAhead;
  }

  get #isAhead(): boolean {
    return this.#now() - this.#state.progress.at > TOLERANCE_MS;
  }

  #trusts(now: number): boolean {
    const elapsed = this.#elapsed();
    const { now: was, elapsed: before } = this.#seen;
    this.#seen = { now, elapsed };
    const drift = Math.abs(now - was - (elapsed - before));
    // After a restart, the progress of a single server may be older than its last message.
    const behind = Math.max(this.#state.progress.at, this.#history.latest()) - now;
    if (drift > TOLERANCE_MS || behind > TOLERANCE_MS) this.#agreedAt = elapsed;
    return elapsed - this.#agreedAt >= TRUST_MS;
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}

/** Returns the line for an operator whose flag the chat does not follow, since it was given another number of days. */
export function ignoredKeepDays(flag: number, kept: number): string {
  const how = kept === 0 ? "permanently" : `for ${kept} days`;
  return `--keep-days ${flag} is ignored: this chat keeps messages ${how}; an admin changes that ` +
    "on the page, under Administration, Settings";
}
