/**
 * A server's own copy of the state: a file that a log can make again.
 *
 * @module
 */
import { DatabaseSync } from "node:sqlite";
import { beginLog, type BeginningOptions } from "./beginning.ts";
import { type LogStream, nameOf } from "./log_stream.ts";
import { SetBackMark } from "./set_back_mark.ts";
import { isOf, type Snapshots, type StateSnapshot } from "./snapshots.ts";
import { type Database, openDatabase } from "../state/database.ts";
import { readTokens } from "../state/file_lock.ts";
import { remove, removeData, setAside } from "../state/files.ts";
import { integer, string } from "../state/rows.ts";
import { entryName, RUN_MS, State, type StateOptions } from "../state/state.ts";
import { isDamage } from "../state/storage_error.ts";
import { UserError } from "../lib/user_error.ts";

/** Whether a copy is what the log says. */
export type CopyCondition =
  | "current"
  /** It is not, or more than 5 s behind. It may become so again. */
  | "outdated"
  /** It is not, and must be made again. */
  | "useless";

/** The file, and the log that it is a copy of. */
export interface CopyOptions extends StateOptions, BeginningOptions {
  readonly path: string;
  /** Receives what an operator should know, as one line. */
  readonly onTrouble?: (line: string) => void;
  /** Called when the file is found to be damaged, removed or replaced. */
  readonly onLost?: (fault: string) => void;
}

/** An open copy. Disposing closes the file. */
export class Copy implements Disposable {
  readonly state: State;
  readonly #options: CopyOptions;
  readonly #database: Database;
  /** Whether it was made from the log by this process, and so is right as far as this program goes. */
  isNew = false;
  /** The epoch of a former copy that was ahead of the log, which was set back to an older state. */
  readonly setBack: SetBackMark;
  /** The fate of the file when it is closed. */
  fate: "keep" | "remove" | "set aside" = "keep";
  /** Why it is set aside. */
  reason = "the copy is made again";

  constructor(options: CopyOptions) {
    const { path, onLost = () => {} } = options;
    this.#options = options;
    this.setBack = new SetBackMark(path);
    // A power loss may cost its end, which the log has.
    this.#database = openDatabase({
      ...{ path, sync: "normal", isCopy: true },
      onTrouble: (trouble) => {
        if (trouble?.type === "damaged") this.fate = "set aside";
        if (trouble) onLost(trouble.type === "damaged" ? trouble.fault : `it is ${trouble.type}`);
      },
    });
    try {
      this.state = new State(this.#database, options);
    } catch (error) {
      this.#database[Symbol.dispose]();
      throw error;
    }
  }

  /**
   * Whether it was found to differ from what others have made from the log, by this process or an earlier one: then it
   * is made again when it is opened.
   */
  get isWrong(): boolean {
    const { position, checksum } = this.state.progress;
    return position > 0 && checksum === "";
  }

  /** Notes in the file that it is wrong; see {@linkcode Copy.isWrong}. Nothing is applied to it any more. */
  noteWrong(): void {
    try {
      this.#database.transaction(() => this.#database.db.exec("update log set checksum = ''"));
    } catch {
      // The file is lost, or its disk full: after the next opening it is compared again.
    }
  }

  /** Whether nothing is in it yet. */
  get isEmpty(): boolean {
    return this.state.progress.position === 0 && this.state.store === undefined;
  }

  [Symbol.dispose](): void {
    this.#database[Symbol.dispose]();
    const { path, onTrouble = () => {} } = this.#options;
    if (path === ":memory:" || this.fate === "keep") return;
    if (this.fate === "remove") removeData(path);
    else onTrouble(`${this.reason}; what it was is in ${setAside(path)}`);
  }
}

/**
 * Opens this server's copy, as far as it has got. One that is not of this log, or damaged, is made again
 * from the newest snapshot. If the log is empty, it is begun: from the copy, if that has a chat.
 *
 * @throws {UserError} when the file holds a chat of its own, which must not be overwritten
 */
export async function openCopy(options: CopyOptions): Promise<Copy> {
  const { path, stream, snapshots } = options;
  const found = openFound(options);
  using closing = new DisposableStack();
  if (found) closing.use(found);
  if (found && await isOwnChat(found.state, stream)) {
    throw new UserError(
      `Cannot use ${path} as a copy of what is in NATS: it contains a separate chat; name another ` +
        "file with --data, or export and import it",
    );
  }
  // Nobody else has the copy.
  removeLeft(path);
  if ((await stream.state()).last_seq === 0) await beginLog(found?.state, options);
  await stream.accept();
  const isEmpty = found === undefined || found.isEmpty;
  const fit = found && await fitOf(found.state, stream, snapshots);
  const fits = found !== undefined && fit === "prefix" && !found.isWrong;
  // One in memory can't begin with a snapshot, even if the log does not reach back to its own beginning.
  const isWhole = !isEmpty || (path === ":memory:" && !await stream.beginsWithSnapshot());
  // Downloaded before the former one goes, which may be all that there is.
  const snapshot = fits && isWhole
    ? undefined
    : await snapshots.download(stream, `${path}.part`, options);
  if (fits && !snapshot) {
    closing.move();
    return found;
  }
  if (snapshot && path === ":memory:") {
    remove(`${path}.part`);
    throw new UserError("Cannot start from a snapshot in memory: name a file with --data");
  }
  if (found) {
    const epoch = found.state.store?.epoch;
    const isInNats = found.isWrong && fit === "prefix" && await isInLog(found.state, stream);
    const more = isInNats ? "no" : hasMoreThan(found.state, snapshot, `${path}.part`);
    // A log that was restored has what the copies had.
    const isSetBack = epoch !== undefined &&
      (fit === "other" ? snapshot?.was !== epoch : more === "yes");
    if (isSetBack) found.setBack.write(epoch);
    found.fate = isSetBack || more !== "no" ? "set aside" : "remove";
    found.reason = "this copy may have messages that the log in NATS does not have";
  }
  closing.dispose();
  if (snapshot) Deno.renameSync(`${path}.part`, path);
  const copy = new Copy(options);
  copy.isNew = true;
  return copy;
}

/** Whether a file has what was appended to it by a server that was alone. */
async function isOwnChat(
  state: State,
  stream: LogStream,
): Promise<boolean> {
  const { database: { db }, progress: { position, entry } } = state;
  if (position === 0) return false;
  if (db.prepare("select 1 from run limit 1").get() === undefined) return true;
  // Earlier programs left the runs in a copy. In NATS an entry without a name is one that is no batch.
  if (entry !== entryName() || (await stream.state()).last_seq === 0) return false;
  return !await isInLog(state, stream);
}

/** Whether the log has the last entry of a state. */
async function isInLog(
  { progress: { position, entry } }: State,
  stream: LogStream,
): Promise<boolean> {
  const stored = await stream.get(position);
  return stored !== undefined && nameOf(stored) === entry;
}

/**
 * Whether a copy has what is neither in a snapshot, in that file, nor in the log behind it. It `may` if it is not known to be
 * of that log, or got further than the copy that the log was restored from.
 */
function hasMoreThan(
  { database, progress: { position, at }, store }: State,
  snapshot: StateSnapshot | undefined,
  file: string,
): "no" | "may" | "yes" {
  if (store === undefined) return "no";
  if (snapshot === undefined) return "may";
  const { epoch, was, wasPosition = Infinity } = snapshot;
  const isSame = store.epoch === epoch;
  const covered = isSame ? snapshot.position : store.epoch === was ? wasPosition : -1;
  const db = new DatabaseSync(file);
  try {
    const end = integer(db.prepare("select at from log").get()?.at);
    if (position > covered || end < at) return "may";
    const remembered = end - RUN_MS;
    const missing = lastMissing(db, database.db, remembered);
    if (missing === undefined) return "no";
    return isSame && missing >= remembered ? "yes" : "may";
  } finally {
    db.close();
  }
}

/**
 * When servers last appended what a data file of the same log, or of one that was restored from it, does not know, as a copy
 * does: a log that was set back has other entries at the same positions, and nobody may have noticed.
 *
 * @param remembered The time since which the file has forgotten no run. One before counts only if the copy has none after it.
 */
function lastMissing(
  file: DatabaseSync,
  copy: DatabaseSync,
  remembered: number,
): number | undefined {
  const find = file.prepare("select 1 from run where id = ? and number >= ?");
  const missing = copy.prepare(RUNS_SINCE).all(remembered)
    .find(({ id, number }) => find.get(string(id), integer(number)) === undefined);
  return missing && integer(missing.at);
}

/** The runs that appended something since a time, or if there are none, the last one that did; the latest first. */
const RUNS_SINCE = `
  select id, number, at from run where at >= min(?, (select max(at) from run)) order by at desc
`;

/** The file that is there, or a new one; undefined if it was damaged, and so set aside. */
function openFound(options: CopyOptions): Copy | undefined {
  const { path, onTrouble = () => {} } = options;
  try {
    return new Copy(options);
  } catch (error) {
    const isDamaged = error instanceof UserError && isDamage(error.cause);
    // Only a file that a server has opened before has a lock file with its token.
    if (!isDamaged || readTokens(path).length === 0) throw error;
    onTrouble(`the copy is damaged, and made again; what it was is in ${setAside(path)}`);
    return undefined;
  }
}

/**
 * Compares the state with the log: `prefix`: the log continues it; `old`: what it ends with, or what follows, was purged or
 * erased, and a snapshot has what is left of it.
 */
export async function fitOf(
  { progress: { position, entry }, store }: State,
  stream: LogStream,
  snapshots: Pick<Snapshots, "list" | "reachBeyond">,
): Promise<"prefix" | "old" | "other"> {
  const log = await stream.state();
  // It lost its end, or was emptied.
  if (position > log.last_seq) return "other";
  if (position + 1 < log.first_seq) return "old";
  if (position === 0) {
    // Nothing of a log was applied to it yet: it is the snapshot that one continues from.
    const fits = store === undefined || await isOf({ position, entry, epoch: store.epoch }, stream);
    return fits ? "prefix" : "other";
  }
  const stored = await stream.get(position);
  if (stored && nameOf(stored) !== entry) return "other";
  const isMissing = !stored ||
    (position < log.last_seq && await stream.get(position + 1) === undefined);
  // Purged in this moment.
  if (isMissing && position + 1 < (await stream.state()).first_seq) return "old";
  // The log itself does not tell any more whether what is missing was the same.
  if (isMissing && await snapshots.reachBeyond(position, stream)) return "old";
  if (stored) return "prefix";
  const other = (await snapshots.list()).find((snapshot) => snapshot.position === position);
  return other === undefined || other.entry === entry ? "prefix" : "other";
}

/** Removes what an earlier process, which was killed, was writing beside the copy: the whole state, with its keys. */
function removeLeft(path: string): void {
  for (const ending of [".part", ".restore", ".snapshot"]) removeData(path + ending);
}
