/**
 * Beginning an empty log: with a new chat, or with the state that a file has.
 *
 * @module
 */
import { DatabaseSync } from "node:sqlite";
import {
  Candidacy,
  CANDIDATE_MS,
  CANDIDATES_MS,
  isAnyoneThere,
  type Reach,
  reachOf,
} from "./candidates.ts";
import type { Nats } from "./connection.ts";
import type { LogStream } from "./log_stream.ts";
import type { Snapshots, StateSnapshot } from "./snapshots.ts";
import { copyFile } from "../state/copy_file.ts";
import { RULES } from "../state/events.ts";
import { removeData } from "../state/files.ts";
import { newChat } from "../state/local_log.ts";
import { integer } from "../state/rows.ts";
import type { State } from "../state/state.ts";
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

/** Time for which a server waits for another one to begin the log, in ms. */
const OTHERS_MS = 20_000;
/**
 * Begins an empty log. With a `state` that has a chat, it is restored: of several servers, that one does it
 * which has got furthest. Without it a new chat is begun, unless other servers restore one.
 *
 * @throws {UserError} when an import is not complete, or the server that restores the log did not
 */
export async function beginLog(state: State | undefined, options: BeginningOptions): Promise<void> {
  const { stream, snapshots, keepDays } = options;
  const epoch = state?.store?.epoch;
  const [snapshot] = await snapshots.list();
  // A copy of the log that continued from it shows that this log had begun. What it was made from has the same.
  const isKnown = epoch !== undefined && [snapshot?.epoch, snapshot?.was].includes(epoch);
  if (state !== undefined && epoch !== undefined && state.database.path !== ":memory:") {
    // So does a copy of any log.
    const isCopy = isKnown || state.progress.position > 0;
    if (snapshot?.position === 0 && !isCopy) throw new UserError(HALF_IMPORTED);
    return await restoreOrWait(state, reachOf(state, epoch), options);
  }
  if (await isAnyoneSoonThere(options)) return await waitUntilBegun(options);
  if (snapshot?.position === 0) throw new UserError(HALF_IMPORTED);
  await stream.begin(newChat(keepDays), state?.maxRules ?? RULES);
}

/** Restores the log from this server's copy, if no other server has got further, and else waits for that one. */
async function restoreOrWait(
  state: State,
  reach: Reach,
  options: BeginningOptions,
): Promise<void> {
  const { nats, stream, prefix } = options;
  using candidacy = new Candidacy(nats, reach, prefix);
  for (const end = performance.now() + CANDIDATES_MS; performance.now() < end;) {
    await delay(CANDIDATE_MS);
    if ((await stream.state()).last_seq > 0) return;
  }
  if (candidacy.isFirst && await restore(state, candidacy, options)) return;
  await waitUntilBegun(options, candidacy);
}

/**
 * Waits for another server to begin the log, at least as long as one says that it stores its copy.
 *
 * @throws {UserError} when none does
 */
async function waitUntilBegun(
  { stream }: BeginningOptions,
  candidacy?: Candidacy,
): Promise<void> {
  let end = performance.now() + OTHERS_MS;
  while ((await stream.state()).last_seq === 0) {
    if (candidacy?.isUnderWay) end = performance.now() + OTHERS_MS;
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

/**
 * Begins the log with what this server's copy has. Returns whether it has begun: not if another server has got further,
 * which came only while the copy was being stored.
 */
async function restore(
  { database: { path } }: State,
  candidacy: Candidacy,
  options: BeginningOptions,
): Promise<boolean> {
  const file = `${path}.restore`;
  candidacy.announce();
  try {
    await copyFile(path, file);
    return await beginFrom(file, options, { isFirst: () => candidacy.isFirst });
  } finally {
    candidacy.withdraw();
    removeData(file);
  }
}

/** What {@linkcode beginFrom} asks and tells. */
interface Beginning {
  /** Called before the first entry is published: from then on a chat may have begun, even if this fails. */
  readonly onBegin?: () => void;
  /** Whether it is still for this file to begin the log; asked when it is stored. */
  readonly isFirst?: () => boolean;
}

/**
 * Begins the log with what a data file has: stores the file as a snapshot, and publishes the first entry,
 * which completes it. The file is changed. Returns whether the log has begun with it.
 */
export async function beginFrom(
  path: string,
  { stream, snapshots }: Pick<BeginningOptions, "stream" | "snapshots">,
  { onBegin = () => {}, isFirst = () => true }: Beginning = {},
): Promise<boolean> {
  const epoch = randomId();
  const former = rebase(path, epoch);
  const uploaded = await snapshots.upload(path, { position: 0, entry: "", epoch, ...former });
  if (!isFirst()) {
    await snapshots.erase(uploaded);
    return false;
  }
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

/** Makes a data file the state in front of a new log; returns which place it had in which log before. */
function rebase(path: string, epoch: string): Required<Pick<StateSnapshot, "was" | "wasPosition">> {
  const db = new DatabaseSync(path);
  try {
    const { was, wasPosition } = db.prepare(
      "select epoch as was, position as wasPosition from store, log",
    ).get() ?? {};
    if (typeof was !== "string") throw new Error("the data names no chat");
    db.prepare("update store set epoch = ?").run(epoch);
    // Its time stays: by that, servers compare copies of different logs. And the runs, by which copies are compared with it.
    db.exec("update log set position = 0, entry = '', checksum = ''");
    // One file, without the rest of the write-ahead log beside it.
    db.exec("pragma journal_mode = delete");
    return { was, wasPosition: integer(wasPosition) };
  } finally {
    db.close();
  }
}
