/**
 * The one stream of JetStream that is the log of a chat: an entry for each batch, in the order in which
 * JetStream took them.
 *
 * @module
 */
import { AckPolicy, DeliverPolicy, DiscardPolicy, StorageType } from "@nats-io/jetstream";
import type { ConsumerInfo, StreamInfo, StreamState } from "@nats-io/jetstream";
import { headers, nanos } from "@nats-io/transport-node";
import type { Nats } from "./connection.ts";
import { deleteMessage } from "./delete_message.ts";
import { NO_MESSAGE, NO_STREAM, orUndefined, OTHER_SEQUENCE } from "./errors.ts";
import { findStream, wholeStream } from "./find_stream.ts";
import { adoptStream, makeStream, type StreamCopies } from "./make_stream.ts";
import { oneLine } from "../lib/errors.ts";
import { delay } from "../lib/std.ts";
import { UserError } from "../lib/user_error.ts";
import { parseEntry, printBatch } from "./batches.ts";
import type { ReceivedEntry } from "../state/entry.ts";
import type { Event } from "../state/events.ts";
import { randomId } from "../people/session.ts";
import { entryName } from "../state/state.ts";

/** The name of the stream, and how it is stored. */
export interface LogStreamOptions extends StreamCopies {
  /** Prefix of the names of all streams and subjects; by default `hubbub`. */
  readonly prefix?: string;
  /** Receives what an operator should know, as one line. */
  readonly onTrouble?: (line: string) => void;
}

/** JetStream's own window for repeated messages, as short as it takes: runs and numbers need none. */
const DUPLICATE_WINDOW_MS = 100;
const BEGIN_TIMEOUT_MS = 5000;
/** A log that no server can use. */
export const NO_BEGINNING: string = "Cannot use NATS: its log does not begin a chat";
/** The time in which all servers that found a log without a beginning have removed it, in ms. */
const REMOVED_MS = 1000;
/** JetStream says this often that it has nothing to deliver. */
export const HEARTBEAT_MS = 1000;
/** JetStream removes a consumer that nobody subscribes to after this time. */
const INACTIVE_MS = 30_000;

/**
 * The stream. At first it takes nothing but the entry that begins a chat, from then on batches as well, on a
 * subject that names the run of that entry. So a batch that was under way when NATS was emptied is refused: it
 * can't begin the next log, or get into it.
 */
export class LogStream {
  readonly #nats: Nats;
  readonly #prefix: string;
  #subject: string | undefined;

  private constructor(nats: Nats, prefix: string) {
    this.#nats = nats;
    this.#prefix = prefix;
  }

  get #name(): string {
    return streamName(this.#prefix);
  }

  /** The subject that batches are published to; see {@linkcode LogStream.accept}. */
  get subject(): string {
    if (this.#subject === undefined) throw new Error("the log has not begun");
    return this.#subject;
  }

  /**
   * The stream, made if it is not there, and again if JetStream has lost a log and something else is in its place.
   *
   * @throws {UserError} when an older Hubbub's data, or another program's stream, is in its place, or it loses entries
   */
  static async open(
    nats: Nats,
    { prefix = "hubbub", onTrouble = () => {}, ...copies }: LogStreamOptions,
  ): Promise<LogStream> {
    const { streams } = nats.manager;
    const name = streamName(prefix);
    const first = firstSubject(prefix);
    const config = {
      name,
      subjects: [first],
      storage: StorageType.File,
      num_replicas: copies.replicas ?? 1,
      discard: DiscardPolicy.New,
      duplicate_window: nanos(DUPLICATE_WINDOW_MS),
      allow_direct: true,
    };
    let found = await findStream(nats, name);
    if (found && found.config.subjects[0] !== first) {
      throw new UserError(
        `Cannot use this JetStream: its stream ${name} is not Hubbub's; choose another account`,
      );
    }
    if (found && await beginsWithBatch(nats, found)) {
      onTrouble("JetStream has lost the log: what came into it since is removed");
      await remove(nats, name);
      found = await findStream(nats, name);
    }
    if (found === undefined) {
      await refuseOldStore(nats, prefix);
      const subjects = `${prefix}.log.*`;
      for await (const other of streams.names(subjects)) {
        // Another server that starts at this moment has made it.
        if (other === name) continue;
        throw new UserError(
          `Cannot use this JetStream: its stream ${other} receives ${subjects}, and is not Hubbub's`,
        );
      }
      await makeStream(nats, config);
    } else {
      await adoptStream(nats, found.config, copies);
      // One that was lost may come back with the subject of the former log.
      const isStale = found.state.last_seq === 0 && found.config.subjects.length > 1;
      if (isStale) await streams.update(name, { subjects: [first] });
    }
    return new LogStream(nats, prefix);
  }

  /** The stream, if there is one and a chat has begun in it. */
  static async find(
    nats: Nats,
    { prefix = "hubbub" }: Pick<LogStreamOptions, "prefix">,
  ): Promise<LogStream | undefined> {
    const found = await findStream(nats, streamName(prefix));
    if (found === undefined || found.state.last_seq === 0) return undefined;
    return new LogStream(nats, prefix);
  }

  /**
   * Lets the stream take batches, once its first entry is there.
   *
   * @throws {UserError} when that does not begin a chat
   */
  async accept(): Promise<void> {
    const { streams } = this.#nats.manager;
    const found = await wholeStream(this.#nats, this.#name);
    const { config } = found;
    if (await beginsWithBatch(this.#nats, found)) throw new UserError(NO_BEGINNING);
    const [first = firstSubject(this.#prefix), accepted] = config.subjects;
    if (accepted !== undefined) {
      this.#subject = accepted;
      return;
    }
    const run = (await this.get(1))?.batch?.run;
    if (run === undefined) throw new UserError(NO_BEGINNING);
    const subject = `${this.#prefix}.log.${run}`;
    await this.#nats.ask(() => streams.update(this.#name, { subjects: [first, subject] }));
    this.#subject = subject;
  }

  /** Returns the present state of the stream. */
  async state(): Promise<StreamState> {
    return (await wholeStream(this.#nats, this.#name)).state;
  }

  /** The entry at a position; undefined if the stream does not have it. */
  async get(position: number): Promise<ReceivedEntry | undefined> {
    const { streams } = this.#nats.manager;
    const stored = await this.#nats.ask(() =>
      orUndefined(streams.getMessage(this.#name, { seq: position }), NO_MESSAGE)
    );
    return stored ? parseEntry(stored.seq, stored.time.getTime(), stored.data) : undefined;
  }

  /** Removes the entries up to a position, that one included. */
  async purge(position: number): Promise<void> {
    // Up to 1, JetStream purges everything.
    if (position < 1) return;
    await this.#nats.ask(() => this.#nats.manager.streams.purge(this.#name, { seq: position + 1 }));
  }

  /** Erases an entry: its bytes are overwritten. */
  async erase(position: number): Promise<void> {
    await deleteMessage(this.#nats, { stream: this.#name, seq: position, isErased: true });
  }

  /**
   * Publishes the first entry, unless another server has been quicker.
   *
   * @throws {Error} when JetStream could not store it
   */
  async begin(event: Event, rules: number): Promise<void> {
    const run = randomId();
    const events = [event, { type: "program", run, rules }].map((event) => JSON.stringify(event));
    const first = headers();
    first.set("Nats-Expected-Last-Sequence", "0");
    const answer = await this.#nats.ask(() =>
      this.#nats.connection.request(firstSubject(this.#prefix), printBatch(run, 1, events), {
        headers: first,
        timeout: BEGIN_TIMEOUT_MS,
      })
    );
    const { error } = answer.json<{ error?: { err_code?: unknown; description?: unknown } }>();
    if (error === undefined || error.err_code === OTHER_SEQUENCE) return;
    throw new Error(`JetStream says ${error.description}`);
  }

  /** Whether the log continues from a snapshot: a server can't start without one. */
  async beginsWithSnapshot(): Promise<boolean> {
    if ((await this.state()).first_seq > 1) return true;
    return (await this.get(1))?.batch?.events[0]?.type === "epoch";
  }

  /** Makes a consumer that delivers all entries from a position on to `inbox`. */
  consume(from: number, inbox: string): Promise<ConsumerInfo> {
    return this.#nats.ask(() =>
      this.#nats.manager.consumers.add(this.#name, {
        deliver_subject: inbox,
        deliver_policy: DeliverPolicy.StartSequence,
        opt_start_seq: from,
        ack_policy: AckPolicy.None,
        max_deliver: 1,
        flow_control: true,
        idle_heartbeat: nanos(HEARTBEAT_MS),
        inactive_threshold: nanos(INACTIVE_MS),
        mem_storage: true,
        num_replicas: 1,
      })
    );
  }

  /** Removes a consumer. */
  async release({ name }: ConsumerInfo): Promise<void> {
    await this.#nats.ask(() => this.#nats.manager.consumers.delete(this.#name, name));
  }
}

/**
 * Whether a batch is the first entry of a log: JetStream has lost what was before it, but not that the stream takes batches,
 * and servers that stay connected publish again what they have under way.
 */
async function beginsWithBatch(
  { manager: { streams } }: Nats,
  { config: { name, subjects }, state: { first_seq, last_seq } }: StreamInfo,
): Promise<boolean> {
  if (first_seq !== 1 || last_seq === 0) return false;
  const stored = await orUndefined(streams.getMessage(name, { seq: 1 }), NO_MESSAGE);
  return stored ? stored.subject !== subjects[0] : false;
}

/** @throws {UserError} when this user may not */
async function remove({ manager: { streams } }: Nats, name: string): Promise<void> {
  try {
    await orUndefined(streams.delete(name), NO_STREAM);
  } catch (error) {
    const problem = oneLine(error);
    throw new UserError(
      `Cannot use this JetStream: it has lost the log; delete its stream ${name} (${problem})`,
    );
  }
  // Other servers may have found the same in this moment.
  await delay(REMOVED_MS);
}

function streamName(prefix: string): string {
  return `${prefix}_log`;
}

/** The subject of the first entry. */
function firstSubject(prefix: string): string {
  return `${prefix}.log.begin`;
}

/** The name of an entry, which tells its log from others; see `Progress`. */
export function nameOf({ batch }: ReceivedEntry): string {
  return entryName(batch?.run ?? "", batch?.number ?? 0);
}

/** @throws {UserError} when a Hubbub wrote here that kept a stream for each room */
async function refuseOldStore({ manager }: Nats, prefix: string): Promise<void> {
  for await (const name of manager.streams.names()) {
    if (name !== `KV_${prefix}_people` && !name.startsWith(`${prefix}_room_`)) continue;
    throw new UserError(
      "Cannot use this NATS: an older Hubbub wrote its data; run export with that release, then " +
        "import into an empty NATS",
    );
  }
}
