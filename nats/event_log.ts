/**
 * The log of a chat that many servers share, on JetStream.
 *
 * @module
 */
import { createInbox } from "@nats-io/transport-node";
import type { StreamState } from "@nats-io/jetstream";
import type { Msg, Subscription } from "@nats-io/transport-node";
import { cutEvents, printBatch } from "./batches.ts";
import type { Nats } from "./connection.ts";
import { type CopyCondition, fitOf } from "./copy.ts";
import { errorIn, NO_ROOM, NO_STREAM, orUndefined } from "./errors.ts";
import { GatheredEvents } from "./gathered_events.ts";
import { LogReader } from "./log_reader.ts";
import { fail, type PendingBatch } from "./pending_batch.ts";
import { PositionWaiters } from "./position_waiters.ts";
import { LogClock } from "./log_clock.ts";
import type { LogStream } from "./log_stream.ts";
import type { Snapshots } from "./snapshots.ts";
import { oneLine } from "../lib/errors.ts";
import { SharedRead } from "../lib/shared_read.ts";
import { randomId } from "../people/session.ts";
import type { ReceivedEntry } from "../state/entry.ts";
import type { Done, EventLog } from "../state/event_log.ts";
import type { Event } from "../state/events.ts";
import type { EventOutcome } from "../state/outcome.ts";
import { type Applied, MissingEntryError, type State } from "../state/state.ts";
import { NewerEventError } from "../state/events.ts";
import { isStorageError } from "../state/storage_error.ts";

/** Callbacks for what happens to a {@linkcode NatsLog}. */
export interface NatsLogOptions {
  readonly snapshots: Pick<Snapshots, "list" | "reachBeyond">;
  /** Receives what an operator should know, as one line. */
  readonly onTrouble?: (line: string) => void;
  /** Called when {@linkcode NatsLog.condition} has changed. */
  readonly onCondition?: () => void;
  /** Called when JetStream has no room for a batch. */
  readonly onFull?: () => void;
  /** Receives each entry that was applied; `own` if this server appended it. */
  readonly onApplied?: (entry: Applied, own: boolean) => void;
}

/** A batch that does not come back for this long is not known to be stored. */
const TIMEOUT_MS = 5000;
/** Batches are published again when none has come back for this long, and then this often, in ms. */
const RESEND_MS = 1000;
const RESEND_MAX_MS = 2000;
/** While nobody takes batches, as long as the servers of NATS choose a leader, they are published again this often, in ms. */
const NOBODY_MS = 500;
/** The least pause between two such times, in ms, when batches come back too early. */
const RESEND_PAUSE_MS = 100;
const CHECK_MS = 250;
/** The time that closing waits for what is in flight, in ms. */
const FINISH_MS = 1000;
/** The time that a reader waits for what other servers have stored, in ms. */
const REACH_MS = 2000;
/** A server that has not applied an entry for this long, although it knows of it, is outdated. */
const BEHIND_MS = 5000;

/**
 * Publishes batches in their order, and applies what the log delivers to this server's state. A batch is known
 * to be stored when it has come back and is applied.
 *
 * Events appended while a batch is under way are gathered into the next one: the busier the server, the larger
 * its batches, and the fewer entries every server has to apply and to send on.
 *
 * Each batch carries this server's run and its number in it, and {@linkcode State.apply} takes them
 * only in that order. So it does no harm to publish again everything from the first batch that did not
 * come back: what was stored before is ignored, on every server alike.
 */
export class NatsLog implements EventLog {
  readonly #nats: Nats;
  readonly #stream: LogStream;
  readonly #state: State;
  readonly #snapshots: NatsLogOptions["snapshots"];
  readonly #clock = new LogClock();
  #run = randomId();
  readonly #reader: LogReader;
  /** Readers who claim to have seen more than is here must not have NATS asked for each of them. */
  readonly #end: SharedRead<StreamState>;
  readonly #onTrouble: (line: string) => void;
  readonly #onCondition: () => void;
  readonly #onFull: () => void;
  readonly #onApplied: (entry: Applied, own: boolean) => void;
  readonly #answers: Subscription;
  readonly #inbox = createInbox();
  readonly #watch: Disposable;
  readonly #timer: ReturnType<typeof setInterval>;
  #receive: (outcomes: readonly EventOutcome[]) => void = () => {};
  #number = 0;
  #pending: PendingBatch[] = [];
  readonly #gathered = new GatheredEvents();
  #published = 0;
  #resendMs = RESEND_MS;
  /** Whether there is a fault that does not end when NATS is back. */
  #trouble: string | undefined;
  /** Whether the next entry can't be applied: it is missing, or of a newer program. */
  #blocked = false;
  /** Why the state is not what the log says; see {@linkcode NatsLog.giveUp}. */
  #wrong: { readonly why: string; readonly forGood: boolean } | undefined;
  /** An entry that the log is known to have and that is not applied, and since when. */
  #missing: { readonly position: number; since: number } | undefined;
  #condition: CopyCondition = "current";
  #checked = performance.now();
  #late = false;
  #atEnd = false;
  /** Whether the log in NATS is known to be the one that is applied, since NATS was last lost. */
  #isKnown = false;
  readonly #waiters = new PositionWaiters();
  #closed = false;

  constructor(
    nats: Nats,
    stream: LogStream,
    state: State,
    { snapshots, ...options }: NatsLogOptions,
  ) {
    const { onTrouble = () => {}, onCondition = () => {}, onFull = () => {} } = options;
    const { onApplied = () => {} } = options;
    this.#nats = nats;
    this.#stream = stream;
    this.#state = state;
    this.#snapshots = snapshots;
    this.#end = new SharedRead(() => stream.state());
    this.#onTrouble = onTrouble;
    this.#onCondition = onCondition;
    this.#onFull = onFull;
    this.#onApplied = onApplied;
    this.#answers = nats.connection.subscribe(this.#inbox, {
      callback: (error, message) => error ? undefined : this.#answered(message),
    });
    this.#watch = nats.onOutage({ lost: () => this.#lost(), back: () => {} });
    this.#timer = setInterval(() => this.#check(), CHECK_MS);
    this.#reader = new LogReader(nats, stream, {
      next: () => state.progress.position + 1,
      isSame: () => this.#isSame(),
      receive: (entries, last) => this.#apply(entries, last),
      onTime: (at, asked) => this.#clock.note(at, asked),
    });
  }

  /** The id of this server's run; see {@linkcode NatsLog.#beginRun}. */
  get run(): string {
    return this.#run;
  }

  now(): number {
    return this.#clock.now(this.#state.progress.at);
  }

  listen(receive: (outcomes: readonly EventOutcome[]) => void): void {
    this.#receive = receive;
  }

  get healthy(): boolean {
    return this.#nats.connected && this.#atEnd && !this.#late &&
      this.#trouble === undefined && this.#wrong === undefined;
  }

  /** Whether the state is what the log says. While NATS is lost, it stays what it was. */
  get condition(): CopyCondition {
    return this.#condition;
  }

  /**
   * Declares the state unusable, for a reason that the log can't detect.
   *
   * @param forGood whether it must be made again
   */
  giveUp(why: string, { forGood }: { readonly forGood: boolean }): void {
    if (this.#wrong?.forGood) return;
    if (this.#wrong?.why !== why) this.#onTrouble(why);
    this.#wrong = { why, forGood };
    this.#failAll(why);
    this.#waiters.reject(why);
    this.#judge();
  }

  #judge(): void {
    const { since = Infinity } = this.#missing ?? {};
    const isBehind = performance.now() - since > BEHIND_MS;
    const condition = this.#wrong?.forGood
      ? "useless"
      : this.#wrong || this.#blocked || isBehind
      ? "outdated"
      : "current";
    if (condition === this.#condition) return;
    this.#condition = condition;
    if (condition === "outdated" && isBehind && !this.#trouble) {
      this.#onTrouble("this server is more than 5 s behind the log: its people are sent elsewhere");
    }
    this.#onCondition();
  }

  append(events: readonly Event[], done: Done): void {
    const why = this.#closed || !this.#nats.connected
      ? "NATS is lost"
      : this.#wrong?.why ?? this.#trouble;
    if (why !== undefined) {
      const all = { from: 0, to: events.length };
      return done(new Error(`Cannot store messages: ${why}`), all);
    }
    if (events.length === 0) return done([], { from: 0, to: 0 });
    this.#gathered.add({ events, deadline: performance.now() + TIMEOUT_MS, done });
    if (this.#pending.length === 0) this.#publishGathered();
  }

  /** Publishes what was gathered as one batch, or as several if one entry can't hold it. */
  #publishGathered(): void {
    const gathering = this.#gathered.take();
    if (gathering === undefined) return;
    const { events, deadline } = gathering;
    this.#published = performance.now();
    let from = 0;
    for (const part of cutEvents(events)) {
      const number = ++this.#number;
      const range = { from, to: from + part.length };
      const pending: PendingBatch = {
        ...{ number, events: part, deadline, published: this.#published },
        done: (result) => gathering.report(range, result),
      };
      this.#pending.push(pending);
      this.#publish(pending);
      from = range.to;
    }
  }

  #publish({ number, events }: PendingBatch): void {
    // An empty one in its place may take it for its first entry.
    if (!this.#isKnown || this.#wrong?.forGood) return;
    const payload = printBatch(this.#run, number, events);
    this.#nats.connection.publish(this.#stream.subject, payload, { reply: this.#inbox });
  }

  /** JetStream's answer matters only if it is a refusal: what was stored comes back. */
  #answered(answer: Msg): void {
    if (answer.headers?.code === 503) {
      this.#resendMs = NOBODY_MS;
      return this.#failAll("there is no such stream");
    }
    const error = errorIn(answer);
    if (error && NO_ROOM.includes(error.err_code)) this.#onFull();
    if (error) this.#failAll(`JetStream says ${error.description}`);
  }

  /** Reports to all callers that their batches are not known to be stored. They are still published again. */
  #failAll(why: string): void {
    const error = new Error(`Cannot store messages: ${why}`);
    this.#late ||= this.#pending.length > 0;
    for (const pending of this.#pending) fail(pending, error);
    this.#gathered.fail(error);
  }

  #lost(): void {
    this.#atEnd = this.#isKnown = false;
    this.#missing = undefined;
    this.#failAll("NATS is lost");
    this.#waiters.reject("NATS is lost");
  }

  #check(): void {
    const now = performance.now();
    // After a halt of this process, what was delivered meanwhile is still to be read.
    if (this.#missing && now - this.#checked > 4 * CHECK_MS) this.#missing.since = now;
    this.#checked = now;
    this.#judge();
    const late = new Error("Cannot store messages: JetStream did not answer in time");
    for (const pending of this.#pending) {
      if (pending.deadline > now || !pending.done) continue;
      fail(pending, late);
      this.#late = true;
    }
    this.#gathered.fail(late, now);
    if (this.#pending.length === 0) this.#late = false;
    else if (this.#atEnd && now - this.#published > this.#resendMs) {
      this.#resendMs = Math.min(2 * this.#resendMs, RESEND_MAX_MS);
      this.#resend();
    }
  }

  #resend(): void {
    if (!this.#nats.connected) return;
    this.#published = performance.now();
    for (const pending of this.#pending) this.#publish(pending);
  }

  /** Applies entries; false when that must be tried again. */
  #apply(entries: readonly ReceivedEntry[], last: number): boolean {
    if (this.#wrong?.forGood) return false;
    let applied: Applied[];
    try {
      applied = this.#state.apply(entries);
    } catch (error) {
      this.#stop(error);
      this.#follow(last);
      return false;
    }
    this.#trouble = undefined;
    this.#blocked = false;
    this.#follow(last);
    let skipped = false;
    try {
      for (const entry of applied) {
        const { run, number = 0, outcomes } = entry;
        const own = run === this.#run;
        if (own) skipped = this.#cameBack(number, outcomes) || skipped;
        else if (outcomes) this.#receive(outcomes);
        this.#onApplied(entry, own);
      }
    } catch (error) {
      // It is not applied a second time. With a copy that is opened again, everybody begins with what it has.
      this.giveUp(`what was applied could not be passed on: ${oneLine(error)}`, { forGood: true });
      return false;
    }
    const { position } = this.#state.progress;
    const wasAtEnd = this.#atEnd;
    this.#atEnd ||= position >= last;
    this.#waiters.reached(position);
    // It stopped in front of an event of a newer program.
    if ((entries.at(-1)?.position ?? 0) > position) return this.#apply(entries, last);
    // Resend the batches that were under way when NATS was lost, or that overtook a lost one.
    const soon = performance.now() - this.#published < RESEND_PAUSE_MS;
    if ((skipped && !soon) || (!wasAtEnd && this.#atEnd)) this.#resend();
    return true;
  }

  /** Notes whether an entry is known that is not applied. */
  #follow(last: number): void {
    const { position } = this.#state.progress;
    if (this.#missing && position >= this.#missing.position) this.#missing = undefined;
    if (position < last) this.#missing ??= { position: last, since: performance.now() };
    this.#judge();
  }

  /** A batch of this server came back. Returns whether it came too early, and so was not applied. */
  #cameBack(number: number, outcomes: readonly EventOutcome[] | undefined): boolean {
    const [first] = this.#pending;
    if (outcomes === undefined) {
      // All before it was applied, so the state does not know this run any more.
      if (number === first?.number) this.#beginRun();
      return first !== undefined && number > first.number;
    }
    if (first?.number !== number) return false;
    this.#pending.shift();
    this.#clock.note(this.#state.progress.at, first.published);
    this.#published = performance.now();
    this.#resendMs = RESEND_MS;
    if (this.#pending.length === 0) this.#late = false;
    // A caller that received the failure gets no second result; to everyone else it is a new batch.
    if (first.done) first.done(outcomes);
    else this.#receive(outcomes);
    if (this.#pending.length === 0) this.#publishGathered();
    return false;
  }

  /**
   * Begins a new run with what has not come back: the state forgets a run that stored nothing for a week, or whose last
   * batch a wrong clock of NATS made that old. Nothing of the former one can be applied any more.
   */
  #beginRun(): void {
    this.#run = randomId();
    this.#number = 0;
    for (const pending of this.#pending) pending.number = ++this.#number;
    this.#resend();
  }

  async #isSame(): Promise<boolean> {
    this.#isKnown = false;
    const fit = await orUndefined(fitOf(this.#state, this.#stream, this.#snapshots), NO_STREAM);
    this.#isKnown = fit === "prefix";
    if (this.#isKnown && this.#atEnd) this.#resend();
    if (this.#isKnown) return true;
    const why = fit === "old"
      ? "the log does not go on any more where this server's copy ends"
      : "the log in NATS is not the one that this server has applied";
    this.giveUp(why, { forGood: true });
    return false;
  }

  /** The state can't apply more: a full disk, a newer event, a hole in the log. */
  #stop(error: unknown): void {
    const line = isStorageError(error) ? `this server's copy: ${oneLine(error)}` : oneLine(error);
    if (error instanceof MissingEntryError) this.#atEnd = false;
    this.#blocked = error instanceof MissingEntryError || error instanceof NewerEventError;
    if (this.#trouble !== line) this.#onTrouble(line);
    this.#trouble = line;
    this.#failAll(line);
    this.#waiters.reject(line);
  }

  async reach(wanted = Infinity, ms = REACH_MS): Promise<void> {
    if (this.#state.progress.position >= wanted) return;
    const { last_seq } = await this.#end.get();
    // A position may be of an earlier log: a chat that was moved keeps its cookies.
    const position = Math.min(wanted, last_seq);
    if (this.#state.progress.position >= position) return;
    await this.#waiters.wait(position, ms);
  }

  #isAwaited(): boolean {
    return !this.#gathered.isEmpty || this.#pending.some(({ done }) => done);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    const end = performance.now() + FINISH_MS;
    while (this.#nats.connected && this.#isAwaited()) {
      if (performance.now() > end) break;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    this.#failAll("the server ended meanwhile");
    this.#waiters.reject("the server ended meanwhile");
    clearInterval(this.#timer);
    this.#watch[Symbol.dispose]();
    this.#answers.unsubscribe();
    this.#reader[Symbol.dispose]();
  }
}
