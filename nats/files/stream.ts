/**
 * The stream of JetStream that has the bytes of files: of each file its parts, and what describes it.
 *
 * @module
 */
import { DiscardPolicy, StorageType, type StoredMsg } from "@nats-io/jetstream";
import { errors, headers, nanos } from "@nats-io/transport-node";
import type { Msg } from "@nats-io/transport-node";
import type { Nats } from "../connection.ts";
import { deleteMessage } from "../delete_message.ts";
import {
  FullError,
  NO_MESSAGE,
  NO_ROOM,
  NO_STREAM,
  NOT_STORED,
  orUndefined,
  type StoreAnswer,
} from "../errors.ts";
import { findStream } from "../find_stream.ts";
import { FairTurns, type TurnTaker } from "../../lib/fair_turns.ts";
import { countGarbage } from "../../lib/garbage.ts";
import { FileReserve } from "./reserve.ts";
import { bytes, OFFSET, partOf, type StoredPart } from "./stored_part.ts";
import { adoptStream, makeStream, type StreamCopies } from "../make_stream.ts";
import { usageOf } from "../usage.ts";
import { delay } from "../../lib/std.ts";
import { UserError } from "../../lib/user_error.ts";
import { isContentId } from "../../state/contents.ts";

/** The name of the stream, and how it is stored. */
export interface FileStreamOptions extends StreamCopies {
  /** Prefix of the names of all streams and subjects; by default `hubbub`. */
  readonly prefix?: string;
  /** False for a command that only uses a stream, as servers have made it; true by default. */
  readonly makes?: boolean;
}

/**
 * A message about a file, besides its parts:
 * - `upload` describes one that is not settled yet,
 * - `whole` lists the parts of one that is,
 * - `gone` is there once a server has begun to erase one.
 */
export type FileAbout = (typeof ABOUT)[number];
const ABOUT = ["upload", "whole", "gone"] as const;

/** A message about a file: one of its parts, by number from 0, or what describes it. */
export type FilePlace = FileAbout | number;

/** A description as the stream has it. */
export interface StoredAbout {
  readonly seq: number;
  /** When it was stored, in ms since 1970. */
  readonly at: number;
  readonly data: Uint8Array<ArrayBuffer>;
}

/** The one for whom a part is read. */
export interface PartReader extends TurnTaker {
  /** Aborts when nobody waits for the part any more. */
  readonly signal?: AbortSignal;
}

/** Bytes of a part: NATS takes 1 MB unless configured. */
export const PART_BYTES = 512 * 1024;

/** A server reads for itself, as one more network. */
const OWN: PartReader = { network: "", person: "" };
/**
 * The most messages of half a megabyte that are asked for at once: the log comes through the same connection, behind them.
 * More are not faster. A second connection would not help: this process does not read evenly from two.
 */
const AT_ONCE = 2;

/** Stands for the id of a file in notes of who copies files. */
const HOLD = "hold";
/** The places of these notes. A copy has one, and a second one when it renews that. */
const HOLDS = Array.from({ length: 16 }, (_, place) => place);
/** Stands for the id of a file in the messages that keep room for the chat. */
const RESERVE = "reserve";
/** JetStream's words for a subject that has its one message. */
const TAKEN = "maximum messages per subject exceeded";
const PUBLISH_TIMEOUT_MS = 10_000;
/** The number of attempts to publish a message when nothing receives it, and the pause between them, in ms. */
const TRIES = 50;
const AGAIN_MS = 100;
/** JetStream's window for repeated messages, as short as it takes: subjects need none. */
const DUPLICATE_WINDOW_MS = 100;

/**
 * The stream. Each message has a subject of its own, and a second message with it is refused: so of two servers that
 * append to one upload at the same time, one fails.
 */
export class FileStream {
  readonly #nats: Nats;
  readonly #prefix: string;
  readonly #copies: StreamCopies;
  readonly #makes: boolean;
  readonly #reserve: FileReserve;
  /** The turns of those who read what is large. */
  readonly turns: FairTurns = new FairTurns(AT_ONCE);
  #made = false;
  /** Whether the stream was found in this NATS. */
  #isThere = false;

  constructor(nats: Nats, { prefix = "hubbub", makes = true, ...copies }: FileStreamOptions = {}) {
    this.#nats = nats;
    this.#prefix = prefix;
    this.#copies = copies;
    this.#makes = makes;
    this.#reserve = new FileReserve({
      store: async (name, data) => {
        const subject = this.#subject(RESERVE, name);
        const seq = await this.#store(subject, data) ??
          (await this.#byLeader({ last_by_subj: subject }))?.seq;
        if (seq === undefined) throw new Error("a message of the reserve is gone");
        return seq;
      },
      find: async (name) =>
        await this.#byLeader({ last_by_subj: this.#subject(RESERVE, name) }) ?? undefined,
      names: () => this.#places(RESERVE),
      remove: (seq) => this.#remove(seq, { isErased: false }),
      used: async () => (await usageOf(nats, this.#name)).bytes,
    });
    nats.onOutage({ lost: () => this.#isThere = false, back: () => this.#reserve.reconsider() });
  }

  /** Calls `lost` whenever NATS is lost: when it is back, it may have less than it had. */
  onLost(lost: () => void): void {
    this.#nats.onOutage({ lost, back: () => {} });
  }

  /** False while NATS is lost. */
  get connected(): boolean {
    return this.#nats.connected;
  }

  get #name(): string {
    return `${this.#prefix}_files`;
  }

  #subject(id: string, place: FilePlace | string): string {
    return `${this.#prefix}.file.${id}.${place}`;
  }

  /**
   * Makes the stream if it is not there.
   *
   * @throws {UserError} when another program's stream is in its place, or it loses files
   */
  async make(): Promise<void> {
    const subject = `${this.#prefix}.file.*.*`;
    const found = await findStream(this.#nats, this.#name);
    if (found === undefined) {
      await makeStream(this.#nats, {
        name: this.#name,
        subjects: [subject],
        storage: StorageType.File,
        num_replicas: this.#copies.replicas ?? 1,
        discard: DiscardPolicy.New,
        max_msgs_per_subject: 1,
        discard_new_per_subject: true,
        duplicate_window: nanos(DUPLICATE_WINDOW_MS),
        allow_direct: true,
      });
    } else if (found.config.subjects[0] !== subject) {
      throw new UserError(
        `Cannot use this JetStream: its stream ${this.#name} is not Hubbub's; choose another account`,
      );
    } else {
      await adoptStream(this.#nats, found.config, this.#copies);
    }
    this.#made = true;
  }

  /** Returns whether the stream was made. */
  async isThere(): Promise<boolean> {
    return this.#isThere ||= await findStream(this.#nats, this.#name) !== undefined;
  }

  /**
   * Stores a message.
   *
   * @param offset of a part
   * @returns its place in the stream; undefined if there is one with this subject
   * @throws {FullError} if JetStream can't store more
   * @throws {Error} if it can't be known to be stored
   */
  async store(
    id: string,
    place: FilePlace,
    data: Uint8Array | string,
    offset?: number,
  ): Promise<number | undefined> {
    // Messages that end a file need no reserve: they take their room from it.
    const isEnd = place === "whole" || place === "gone";
    if (!isEnd) await this.#reserve.require();
    const store = () => this.#store(this.#subject(id, place), data, offset);
    return await store().catch(async (error) => {
      if (!(error instanceof FullError)) throw error;
      await this.makeRoom();
      if (!isEnd) throw error;
      return await store();
    });
  }

  /** Gives the room that files leave to the chat: JetStream is full. */
  async makeRoom(): Promise<void> {
    await this.#reserve.release();
  }

  async #store(
    subject: string,
    data: Uint8Array | string,
    offset?: number,
  ): Promise<number | undefined> {
    if (!this.#made && this.#makes) await this.make();
    const answer = await this.#request(subject, data, offset);
    // The client copies it once.
    countGarbage(data.length);
    const { seq, error } = answer.json<StoreAnswer>();
    if (typeof seq === "number" && error === undefined) return seq;
    const { err_code: code, description } = error ?? {};
    if (code === NOT_STORED && description === TAKEN) return undefined;
    if (NO_ROOM.includes(code) || code === NOT_STORED) {
      throw new FullError(`JetStream has no room: ${description}`);
    }
    throw new Error(`JetStream says ${description}`);
  }

  /** Asks again while nobody is there to answer: a stream that was just made receives a little later. */
  async #request(subject: string, data: Uint8Array | string, offset?: number): Promise<Msg> {
    const { connection } = this.#nats;
    const about = headers();
    if (offset !== undefined) about.set(OFFSET, `${offset}`);
    const options = { timeout: PUBLISH_TIMEOUT_MS, headers: about };
    for (let tries = 1;; tries++) {
      try {
        return await this.#nats.ask(() => connection.request(subject, data, options));
      } catch (error) {
        const isNobodyThere = error instanceof errors.RequestError && error.isNoResponders();
        if (!isNobodyThere || tries === TRIES) throw error;
        // The stream was removed together with all that NATS kept, perhaps.
        if (this.#makes) await this.make();
        await delay(AGAIN_MS);
      }
    }
  }

  /** Returns a message that describes a file. */
  async about(id: string, about: FileAbout): Promise<StoredAbout | undefined> {
    const found = await this.#byLeader({ last_by_subj: this.#subject(id, about) });
    return found === null
      ? undefined
      : { seq: found.seq, at: found.time.getTime(), data: bytes(found.data) };
  }

  /**
   * Returns the last part of a file of those with a number from `from` on; the parts before one that is there are there.
   * Asks for single subjects only: to look for several, NATS goes through all that the stream has, and the log waits.
   */
  async last(id: string, from = 0, reader = OWN): Promise<StoredPart | undefined> {
    let last: StoredPart | undefined;
    // The last one that was found, and the first one that was not.
    let [found, missing] = [from - 1, Infinity];
    for (let step = 1; found + 1 < missing;) {
      const number = missing === Infinity ? found + step : (found + missing) >> 1;
      const part = await this.part({ id, number }, reader);
      if (part === undefined) missing = number;
      else [last, found, step] = [part, number, 2 * step];
    }
    return last;
  }

  /** Returns a part, by its number, or by its place in the stream. Only a few are asked for at once. */
  async part(
    which: { readonly id: string; readonly number: number } | { readonly seq: number },
    { signal, ...taker }: PartReader = OWN,
  ): Promise<StoredPart | undefined> {
    const query = "seq" in which
      ? { seq: which.seq }
      : { last_by_subj: this.#subject(which.id, which.number) };
    using _turn = await this.turns.next(taker, signal);
    // As its bytes. In the usual way it comes as base64 in JSON, from the leader, which alone has every part for sure.
    const found = await this.#nats.ask(() =>
      orUndefined(this.#nats.manager.direct.getMessage(this.#name, query), NO_MESSAGE)
    ).catch((error) => {
      if (isNobodyThere(error)) return undefined;
      throw error;
    });
    const part = found ?? await this.#byLeader(query);
    // The pieces that arrive, what the client makes of them, and what the reader does.
    countGarbage(3 * (part?.data.length ?? 0));
    return part ? partOf(part) : undefined;
  }

  async #byLeader(query: { seq: number } | { last_by_subj: string }): Promise<StoredMsg | null> {
    if (!await this.isThere()) return null;
    const { streams } = this.#nats.manager;
    return await this.#nats.ask(() =>
      orUndefined(streams.getMessage(this.#name, query), NO_MESSAGE, NO_STREAM)
    ) ?? null;
  }

  /** Returns the ids of all files of which there is such a message. */
  async *ids(about: FileAbout): AsyncGenerator<string> {
    const filter = this.#subject("*", about);
    const [before = "", after = ""] = filter.split("*");
    for (const subject of await this.#subjects(filter)) {
      const id = subject.slice(before.length, -after.length);
      if (isContentId(id)) yield id;
    }
  }

  /** Returns the numbers of the parts of a file that are there, in no order. NATS goes through all that the stream has. */
  async numbers(id: string): Promise<number[]> {
    return (await this.#places(id)).filter((place) => /^\d+$/.test(place)).map(Number);
  }

  /** Returns where the messages with an id are: the last parts of their subjects, in no order. */
  async #places(id: string): Promise<string[]> {
    const filter = this.#subject(id, "*");
    return (await this.#subjects(filter)).map((subject) => subject.slice(filter.length - 1));
  }

  async #subjects(filter: string): Promise<string[]> {
    if (!await this.isThere()) return [];
    const { streams } = this.#nats.manager;
    const info = await this.#nats.ask(() =>
      orUndefined(streams.info(this.#name, { subjects_filter: filter }), NO_STREAM)
    );
    return Object.keys(info?.state.subjects ?? {});
  }

  /**
   * Stores a note that somebody copies files, so that none is erased: also in a JetStream that is full.
   *
   * @returns its place in the stream
   * @throws {Error} if as many are there as there may be
   */
  async hold(): Promise<number> {
    for (const place of HOLDS) {
      const store = () => this.#store(this.#subject(HOLD, place), "");
      const seq = await store().catch(async (error) => {
        if (!(error instanceof FullError)) throw error;
        await this.makeRoom();
        return await store();
      });
      if (seq !== undefined) return seq;
    }
    throw new Error("files are copied by too many at once: try again in some minutes");
  }

  /** Returns all notes that somebody copies files, with the time of each, in ms since 1970. */
  async holds(): Promise<Pick<StoredAbout, "seq" | "at">[]> {
    const notes = await Promise.all(
      HOLDS.map((place) => this.#byLeader({ last_by_subj: this.#subject(HOLD, place) })),
    );
    return notes.flatMap((note) => note ? [{ seq: note.seq, at: note.time.getTime() }] : []);
  }

  /** Erases a message: its bytes are overwritten. One that is not there is fine. */
  async erase(seq: number): Promise<void> {
    await this.#remove(seq, { isErased: true });
  }

  async #remove(seq: number, { isErased }: { readonly isErased: boolean }): Promise<void> {
    await deleteMessage(this.#nats, { stream: this.#name, seq, isErased });
  }
}

function isNobodyThere(error: unknown): boolean {
  return error instanceof errors.RequestError && error.isNoResponders() ||
    error instanceof errors.NoRespondersError;
}
