import { Channel } from "../lib/channel.ts";
import type {
  Draft,
  LogEntry,
  LoggedRoom,
  MessageLog,
  Page,
  PageQuery,
} from "../hub/message_log.ts";
import type { ActionCommand, Message, ServerLine } from "../protocol/mod.ts";
import type { Database } from "./database.ts";
import type { EventLog } from "./event_log.ts";
import { StateHistory } from "./history.ts";
import type { MessageEvent } from "./kinds/message.ts";
import { MentionFinder } from "./mentions.ts";
import { effectsOf, type EventOutcome } from "./outcome.ts";
import type { State } from "./state.ts";

/** The messages of the state, as the hub appends and reads them. */
export class StateMessages<Origin = unknown> implements MessageLog<Origin> {
  /** Unbounded: who appends is bounded, and every draft's result must come out. */
  readonly #entries = new Channel<LogEntry<Origin>[]>({ capacity: Infinity });
  readonly #log: EventLog;
  readonly #history: StateHistory;
  readonly #mentions: MentionFinder;
  readonly #database: Database;
  /** Called with each message that was sent to this server, once it is committed. */
  onSent: ((message: Message) => void) | undefined;
  /** Undefined until it is counted anew. */
  #roomCount: number | undefined;

  /**
   * Closes `log` when it is disposed of.
   *
   * @param onOthers receives the outcomes of what other servers appended
   */
  constructor(
    state: State,
    log: EventLog,
    onOthers: (outcomes: readonly EventOutcome[]) => void = () => {},
  ) {
    this.#log = log;
    this.#history = new StateHistory(state.database.db);
    this.#mentions = new MentionFinder(state.database.db);
    this.#database = state.database;
    log.listen((outcomes) => {
      onOthers(outcomes);
      this.#deliver(outcomes, [], true);
    });
  }

  /**
   * Hands the hub what came of events that were not appended as drafts. To be called in the order of the log,
   * from within the call that says that they are applied.
   */
  deliver(outcomes: readonly EventOutcome[]): void {
    this.#deliver(outcomes, []);
  }

  /**
   * @param drafts The drafts of the outcomes with the same index.
   * @param elsewhere Whether another server has appended the events.
   */
  #deliver(
    outcomes: readonly EventOutcome[],
    drafts: readonly Draft<Origin>[],
    elsewhere = false,
  ): void {
    const entries: LogEntry<Origin>[] = [];
    for (const [i, outcome] of outcomes.entries()) {
      const draft = drafts[i];
      if (draft !== undefined) {
        entries.push(toEntry(draft, outcome));
        if (outcome.type === "message") this.onSent?.(outcome.message);
      }
      if (draft === undefined && outcome.type === "message") {
        const { message, partial } = outcome;
        entries.push({ type: "message", message, ...(partial && { partial }) });
      }
      const effects = effectsOf(outcome, elsewhere);
      if (effects.length > 0) entries.push({ type: "effects", effects });
    }
    this.#see(outcomes);
    if (entries.length > 0) this.#entries.trySend(entries);
  }

  /** Hands the hub the answer to a command of a client, after the effects that were delivered before. */
  answer(origin: Origin, line: ServerLine, command: ActionCommand): void {
    this.#entries.trySend([{ type: "answer", origin, line, command }]);
  }

  get entries(): AsyncIterable<LogEntry<Origin>[]> {
    return this.#batches();
  }

  /** Batches that arrive together become one, so that each room gets one frame of them. */
  async *#batches(): AsyncGenerator<LogEntry<Origin>[]> {
    for await (const waiting of this.#entries.batches()) {
      const [first = []] = waiting;
      yield waiting.length === 1 ? first : waiting.flat();
    }
  }

  append(drafts: readonly Draft<Origin>[]): void {
    if (drafts.length === 0) return;
    this.#log.append(drafts.map((draft) => this.#toEvent(draft)), (result, { from, to }) => {
      const part = drafts.slice(from, to);
      if (result instanceof Error) {
        const error = result;
        this.#entries.trySend(part.map((draft) => ({ type: "failed", draft, error })));
        return;
      }
      this.#deliver(result, part);
    });
  }

  #toEvent({ room, id, user, text: raw, re, files }: Draft): MessageEvent {
    const text = raw.toWellFormed();
    const plain: MessageEvent = { type: "message", room, id, user, text };
    const event = re === undefined && files === undefined ? plain : {
      ...plain,
      ...(re !== undefined && { re }),
      ...(files !== undefined && { files }),
    };
    if (!text.includes("@")) return event;
    const mentions = this.#findMentions(text);
    return mentions.length === 0 ? event : { ...event, mentions };
  }

  /** A disk that can't be read can't store the message either, which says so. */
  #findMentions(text: string): string[] {
    try {
      return this.#mentions.find(text);
    } catch {
      return [];
    }
  }

  async read(query: PageQuery): Promise<Page> {
    const read = () => this.#database.guard(() => this.#history.read(query));
    const page = read();
    const { after = 0, rev = 0 } = query;
    if (after <= page.last && rev <= page.rev) return page;
    // Its reader has seen more on another server.
    await this.#log.reach();
    return read();
  }

  rooms(limit: number): Promise<LoggedRoom[]> {
    return Promise.try(() => this.#database.guard(() => this.#history.rooms(limit)));
  }

  get roomCount(): number {
    try {
      return this.#roomCount ??= this.#history.countRooms();
    } catch {
      // A disk that can't be read for a moment also refuses what this number is needed for.
      return 0;
    }
  }

  /** Messages may open rooms, and retention may empty them. */
  #see(outcomes: readonly EventOutcome[]): void {
    for (const outcome of outcomes) {
      // Somebody may have made that room, so that it counts already, or it may be a direct one.
      const opens = outcome.type === "message" && outcome.opens;
      if (opens || outcome.type === "changed") this.#roomCount = undefined;
    }
  }

  get healthy(): boolean {
    return this.#log.healthy && this.#database.trouble === undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#log[Symbol.asyncDispose]();
    this.#entries.close();
  }
}

function toEntry<Origin>(
  draft: Draft<Origin>,
  outcome: EventOutcome,
): LogEntry<Origin> {
  const { origin } = draft;
  if (outcome.type === "message" && outcome.partial) {
    return { type: "message", message: outcome.message, origin, partial: true };
  }
  if (outcome.type === "message" || outcome.type === "duplicate") {
    return { type: outcome.type, message: outcome.message, origin };
  }
  if (outcome.type === "refused" && isReason(outcome.code)) {
    const { code, reason, retry } = outcome;
    return { type: "refused", draft, code, reason, ...(retry !== undefined && { retry }) };
  }
  const reason = outcome.type === "refused" ? outcome.reason : "it is no message";
  return { type: "failed", draft, error: new Error(`Cannot store a message: ${reason}`) };
}

/** The reasons for which a message is refused; others are faults. */
const REASONS = [
  "muted",
  "forbidden",
  "no_room",
  "archived",
  "rate_limited",
  "bad_id",
  "bad_value",
  "no_file",
] as const;

function isReason(code: string): code is typeof REASONS[number] {
  return REASONS.some((reason) => reason === code);
}
