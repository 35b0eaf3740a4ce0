/**
 * Beginning an empty log: with a new chat, or with the state that a file has.
 *
 * @module
 */
import { createInbox } from "@nats-io/transport-node";
import { DatabaseSync } from "node:sqlite";
import type { Nats } from "./connection.ts";
import type { LogStream } from "./log_stream.ts";
import type { Snapshots } from "./snapshots.ts";
import { copyFile } from "../state/copy_file.ts";
import { RULES } from "../state/events.ts";
import { removeData } from "../state/files.ts";
import { isNumber, isText } from "../state/kind.ts";
import { newChat } from "../state/local_log.ts";
import type { State } from "../state/state.ts";
import { parseFields } from "../protocol/fields.ts";
import { delay } from "../lib/std.ts";
import { randomId } from "../people/session.ts";
import { UserError } from "../lib/user_error.ts";

/** Options for beginning a log. */
export interface BeginningOptions {
  readonly nats: Nats;
  readonly stream: LogStream;
  readonly snapshots: Snapshots;
  /** Begins the names of all subjects; `hubbub` by default. */
  readonly prefix?: string;
  /** For how many days a new chat keeps its messages; 0 keeps them permanently. */
  readonly keepDays: number;
  /**
   * For how long a server without a copy looks for others that have one before it begins a new chat, in ms; 0 by
   * default: it asks once.
   */
  readonly patienceMs?: number;
}

/** An import that was not completed. */
export const HALF_IMPORTED = "Cannot use NATS: an import into it was cut off; run the import again";

/**
 * Time for which servers wait for each other before one of them restores an empty log: longer than a server takes
 * to close its connections and its former copy.
 */
const CANDIDATES_MS = 6000;
const CANDIDATE_MS = 250;
/** Time for which a server waits for another one to begin the log, in ms. */
const OTHERS_MS = 20_000;
/** The code of NATS's answer to a request that nobody listens to. */
const NO_RESPONDERS = 503;

/** The subject on which servers that restore a log find each other. */
function restoreSubject(prefix = "hubbub"): string {
  return `${prefix}.restore`;
}

/**
 * Tells servers that would restore an empty log how far this one has got, as long as its copy is open: they wait
 * for it if it has got further. A server without a copy learns that another one has a chat.
 */
export function answerRestorers(
  nats: Nats,
  { prefix, server, epoch, state }: {
    readonly prefix?: string;
    readonly server: string;
    readonly epoch: string;
    readonly state: State;
  },
): Disposable {
  const subject = restoreSubject(prefix);
  const subscription = nats.hear(subject, (from, text) => {
    if (!parseCandidate(from, text)?.asks) return;
    nats.connection.publish(`${subject}.${server}`, JSON.stringify(reachOf(state, epoch)));
  });
  return { [Symbol.dispose]: () => subscription.unsubscribe() };
}

/**
 * Begins an empty log. With a `state` that has a chat, it is restored: of several servers, that one does it
 * which has got furthest. Without it a new chat is begun, unless other servers restore one.
 *
 * @throws {UserError} when an import is not complete, or the server that restores the log did not
 */
export async function beginLog(state: State | undefined, options: BeginningOptions): Promise<void> {
  const { stream, snapshots, keepDays } = options;
  const store = state?.store;
  const [snapshot] = await snapshots.list();
  // A copy of the log that continued from it shows that this log had begun. What it was made from has the same.
  const isKnown = store && (store.epoch === snapshot?.epoch || store.epoch === snapshot?.was);
  if (snapshot?.position === 0 && !isKnown) throw new UserError(HALF_IMPORTED);
  if (state !== undefined && store !== undefined && state.database.path !== ":memory:") {
    if (await isFirst(reachOf(state, store.epoch), options)) return await restore(state, options);
  } else if (!await isAnyoneSoonThere(options)) {
    return await stream.begin(newChat(keepDays), state?.maxRules ?? RULES);
  }
  const end = performance.now() + OTHERS_MS;
  while ((await stream.state()).last_seq === 0) {
    if (performance.now() > end) {
      throw new UserError("Cannot use NATS: it is empty, and the server that has the chat is gone");
    }
    await delay(CANDIDATE_MS);
  }
}

/**
 * Whether another server has a chat, or comes back to restore it within the server's patience, or has begun the log.
 * Nobody answers for a server between closing its former copy and becoming a candidate.
 */
async function isAnyoneSoonThere(options: BeginningOptions): Promise<boolean> {
  const { nats, stream, prefix, patienceMs = 0 } = options;
  const end = performance.now() + patienceMs;
  while (!await isAnyoneThere(nats, prefix)) {
    if ((await stream.state()).last_seq > 0) return true;
    if (performance.now() >= end) return false;
    await delay(CANDIDATE_MS);
  }
  return true;
}

/** How far a copy has got, as servers tell each other. */
interface Reach {
  readonly position: number;
  /** The log that the position is one of; earlier programs do not say it, nor the time. */
  readonly epoch?: string;
  /** The time of the last entry, by NATS's clock, in ms since 1970. */
  readonly at?: number;
}

/** A copy that a server has told of. */
interface Candidate extends Reach {
  readonly id: string;
  /** Whether that server would restore the log. */
  readonly asks: boolean;
}

function reachOf({ progress: { position, at } }: State, epoch: string): Reach {
  return { position, at, epoch };
}

/** Whether this server, of all that would restore the log, has got furthest. */
async function isFirst(reach: Reach, options: BeginningOptions): Promise<boolean> {
  const { nats, stream, prefix } = options;
  const subject = restoreSubject(prefix);
  const id = randomId();
  const own = { ...reach, asks: true };
  const candidates = new Map<string, Candidate>([[id, { ...own, id }]]);
  const subscription = nats.hear(subject, (other, text) => {
    const theirs = parseCandidate(other, text);
    if (theirs !== undefined && other !== id) candidates.set(other, theirs);
  });
  try {
    const end = performance.now() + CANDIDATES_MS;
    while (performance.now() < end) {
      nats.connection.publish(`${subject}.${id}`, JSON.stringify(own));
      await delay(CANDIDATE_MS);
      if ((await stream.state()).last_seq > 0) return false;
    }
    return furthest([...candidates.values()])?.id === id;
  } finally {
    subscription.unsubscribe();
  }
}

/**
 * Returns the copy that has got furthest: of those of one log, by its position. Each log counts from 1: of several, the
 * one that was written to last counts.
 */
function furthest(candidates: readonly Candidate[]): Candidate | undefined {
  const [latest] = candidates.toSorted((a, b) => (b.at ?? 0) - (a.at ?? 0));
  // A server with an earlier program compares positions alone, and all have to agree.
  const isOneLog = candidates.some(({ epoch }) => epoch === undefined);
  const [first] = candidates
    .filter(({ epoch }) => isOneLog || epoch === latest?.epoch)
    .toSorted((a, b) =>
      b.position - a.position || Number(b.asks) - Number(a.asks) || (a.id < b.id ? -1 : 1)
    );
  return first;
}

/** Reads a server's message about its copy. */
function parseCandidate(id: string, text: string): Candidate | undefined {
  const { position, asks, epoch, at } = parseFields(text) ?? {};
  if (!isNumber(position)) return undefined;
  return {
    ...{ id, position, asks: asks === true },
    ...(isText(epoch) && isNumber(at) && { epoch, at }),
  };
}

/** Whether another server is there that has a chat. */
async function isAnyoneThere({ connection }: Nats, prefix?: string): Promise<boolean> {
  const inbox = createInbox();
  let isNobodyThere = false;
  const answers = connection.subscribe(inbox, {
    callback: (error, { headers }) => {
      if (!error && headers?.code === NO_RESPONDERS) isNobodyThere = true;
    },
  });
  try {
    connection.publish(`${restoreSubject(prefix)}.${randomId()}`, "", { reply: inbox });
    // NATS says that nobody listens before it answers this, however busy it is.
    await connection.flush();
  } catch {
    // It is lost, and others may be there.
  } finally {
    answers.unsubscribe();
  }
  return !isNobodyThere;
}

/** Begins the log with what this server's copy has. */
async function restore({ database: { path } }: State, options: BeginningOptions): Promise<void> {
  const file = `${path}.restore`;
  try {
    await copyFile(path, file);
    await beginFrom(file, options);
  } finally {
    removeData(file);
  }
}

/**
 * Begins the log with what a data file has: stores the file as a snapshot, and publishes the first entry,
 * which completes it. The file is changed. Returns whether no other server was quicker.
 *
 * @param onBegin called before the first entry is published: from then on a chat may have begun, even if this fails
 */
export async function beginFrom(
  path: string,
  { stream, snapshots }: Pick<BeginningOptions, "stream" | "snapshots">,
  onBegin: () => void = () => {},
): Promise<boolean> {
  const epoch = randomId();
  const was = rebase(path, epoch);
  const uploaded = await snapshots.upload(path, { position: 0, entry: "", epoch, was });
  onBegin();
  const isOurs = async () => (await stream.get(1))?.batch?.events[0]?.epoch === epoch;
  try {
    await stream.begin({ type: "epoch", epoch, was: epoch }, RULES);
  } catch (error) {
    // It may be stored, although no answer has come.
    if (await isOurs().catch(() => false)) return true;
    throw error;
  }
  if (await isOurs()) return true;
  // The chat that has begun may be in another snapshot, and have nothing else.
  await snapshots.erase(uploaded);
  return false;
}

/** Makes a data file the state in front of a new log; returns its former epoch. */
function rebase(path: string, epoch: string): string {
  const db = new DatabaseSync(path);
  try {
    const was = db.prepare("select epoch from store").get()?.epoch;
    if (typeof was !== "string") throw new Error("the data names no chat");
    db.prepare("update store set epoch = ?").run(epoch);
    // Its time stays: by that, servers compare copies of different logs.
    db.exec("update log set position = 0, entry = '', checksum = ''; delete from run");
    // One file, without the rest of the write-ahead log beside it.
    db.exec("pragma journal_mode = delete");
    return was;
  } finally {
    db.close();
  }
}
