/**
 * The archive of a cluster: reading it all out of NATS, and filling an empty NATS.
 *
 * @module
 */
import type { ArchiveLine } from "./format.ts";
import type { ArchiveLines } from "./check.ts";
import { type ContentSink, type ContentSource, type NamedContent, verified } from "./contents.ts";
import { readArchive, writeArchive } from "./state.ts";
import { withContents } from "./with_contents.ts";
import { Nats, type NatsOptions } from "../nats/connection.ts";
import { beginFrom, HALF_IMPORTED } from "../nats/beginning.ts";
import { openCopy } from "../nats/copy.ts";
import { NatsLog } from "../nats/event_log.ts";
import { parseWhole } from "../nats/files/abouts.ts";
import { FileErasure } from "../nats/files/erasure.ts";
import { putFile, readParts } from "../nats/files/parts.ts";
import { FileStream } from "../nats/files/stream.ts";
import { LogStream } from "../nats/log_stream.ts";
import { Snapshots } from "../nats/snapshots.ts";
import { ContentsError } from "../state/contents.ts";
import { appendOne } from "../state/event_log.ts";
import type { Event } from "../state/events.ts";
import { type Database, openDatabase } from "../state/database.ts";
import { UserError } from "../lib/user_error.ts";

/** The cluster whose archive it is. */
export interface NatsArchiveOptions extends NatsOptions {
  /** Prefix of the names of all streams; by default `hubbub`. */
  readonly prefix?: string;
  /** The number of NATS servers that store a copy of what is written; by default 1. */
  readonly replicas?: number;
}

/** The longest time that applying the whole log may take, in ms. */
const CATCH_UP_MS = 60 * 60 * 1000;

/**
 * Everything that a cluster has stored up to this moment, by way of a temporary copy, and the bytes of files.
 *
 * @param onLost Called with the id of a content that is damaged or missing.
 * @throws {UserError} if NATS can't be used, or has no Hubbub's data.
 */
export async function* readNatsArchive(
  options: NatsArchiveOptions,
  onLost: (content: string) => void,
): AsyncGenerator<ArchiveLine, void, void> {
  await using copy = await openTemporaryCopy(options);
  const { files, log, state } = copy;
  await using erasure = new FileErasure({ stream: files });
  // Before the log is read to its end, so that nothing is erased that it names.
  await using _hold = await files.isThere() ? await erasure.hold() : undefined;
  await log.reach(Infinity, CATCH_UP_MS);
  // The same connection can't apply what comes while it is read from.
  await log[Symbol.asyncDispose]();
  yield* withContents(readArchive(state.database), fileSource(files), onLost);
}

function fileSource(stream: FileStream): ContentSource {
  return {
    async open(content) {
      const about = await stream.about(content, "whole");
      const whole = about && parseWhole(about.data);
      return whole && {
        size: whole.size,
        read: (start, end) => ReadableStream.from(readParts(stream, whole.parts, start, end)),
      };
    },
  };
}

/**
 * Appends an event to a cluster's log, also while servers use it.
 *
 * @param make Returns the event for the present state.
 * @throws {UserError} if the event is refused, NATS can't be used, or has no Hubbub's data.
 */
export async function appendToNats(
  options: NatsArchiveOptions,
  make: (database: Database) => Event,
): Promise<void> {
  await using copy = await openTemporaryCopy(options);
  const outcome = await appendOne(copy.log, make(copy.state.database));
  if (outcome.type === "refused") throw new UserError(`Cannot do that: ${outcome.reason}`);
}

/** Applies a cluster's log to a temporary copy. */
async function openTemporaryCopy({ prefix = "hubbub", ...options }: NatsArchiveOptions) {
  await using opening = new AsyncDisposableStack();
  const nats = opening.use(await Nats.connect(options));
  const snapshots = new Snapshots(nats, { prefix });
  const stream = await LogStream.find(nats, { prefix });
  if (stream === undefined) {
    throw new UserError(
      (await snapshots.list()).length > 0
        ? HALF_IMPORTED
        : "Cannot use NATS: no Hubbub has written to it",
    );
  }
  const folder = opening.use(temporaryFolder());
  const path = `${folder.path}/copy.db`;
  const { state } = opening.use(
    await openCopy({ path, nats, stream, snapshots, prefix, keepDays: 0 }),
  );
  const log = opening.use(new NatsLog(nats, stream, state, { snapshots }));
  await log.reach(Infinity, CATCH_UP_MS);
  const open = opening.move();
  const files = new FileStream(nats, { prefix, makes: false });
  return { state, log, files, [Symbol.asyncDispose]: () => open.disposeAsync() };
}

/**
 * Fills an empty NATS with an archive: all of it or nothing. Should this process be killed meanwhile,
 * no server starts on what is there until another import has replaced it.
 *
 * @throws {Error} when the archive is not whole, or there is a chat already.
 * @throws {UserError} if NATS can't be used.
 */
export async function writeNatsArchive(
  { prefix = "hubbub", replicas = 1, ...options }: NatsArchiveOptions,
  lines: ArchiveLines,
): Promise<void> {
  await using nats = await Nats.connect(options);
  if (await LogStream.find(nats, { prefix })) {
    throw new Error("this NATS has a chat already; import into an empty one");
  }
  using folder = temporaryFolder();
  const path = `${folder.path}/import.db`;
  const files = new FileStream(nats, { prefix, replicas });
  await using imported = new ImportedFiles(
    files,
    // Of a NATS that is lost, nobody knows.
    () => LogStream.find(nats, { prefix }).then((chat) => chat !== undefined, () => true),
  );
  await fill(path, lines, imported);
  const stream = await LogStream.open(nats, { prefix, replicas });
  const snapshots = new Snapshots(nats, { prefix, replicas });
  // Had a server begun a chat meanwhile, this would be refused.
  if (await beginFrom(path, { stream, snapshots }, { onBegin: () => imported.keep() })) return;
  throw new Error("a server has begun a chat on this NATS meanwhile");
}

/**
 * Files that are stored in NATS before a chat names them. Disposing erases those that are not kept, unless there is a chat, or
 * another import goes on: these may name the same, and servers erase what their chat does not name.
 */
class ImportedFiles implements ContentSink, AsyncDisposable {
  readonly #stream: FileStream;
  readonly #erasure: FileErasure;
  readonly #hasChat: () => Promise<boolean>;
  #hold: AsyncDisposable | undefined;
  #stored: string[] = [];

  constructor(stream: FileStream, hasChat: () => Promise<boolean>) {
    this.#stream = stream;
    this.#erasure = new FileErasure({ stream, restMs: 0 });
    this.#hasChat = hasChat;
  }

  async put(content: NamedContent, bytes: AsyncIterable<Uint8Array<ArrayBuffer>>): Promise<void> {
    // Before it is known what is there already.
    this.#hold ??= await this.#erasure.hold();
    this.#stored.push(content.id);
    await putFile(this.#stream, content.id, verified(bytes, content));
  }

  lose(): void {
    // The chat says where it is missing.
  }

  keep(): void {
    this.#stored = [];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await using _erasure = this.#erasure;
    await this.#hold?.[Symbol.asyncDispose]();
    if (this.#stored.length === 0 || await this.#hasChat()) return;
    try {
      for (const content of this.#stored) await this.#erasure.remove(content);
    } catch (error) {
      if (!(error instanceof ContentsError && error.problem === "held")) throw error;
    }
  }
}

/** Makes a data file of an archive. */
async function fill(path: string, lines: ArchiveLines, contents: ContentSink): Promise<void> {
  using database = openDatabase({ path, sync: "normal" });
  await writeArchive(database, lines, contents);
}

function temporaryFolder(): Disposable & { readonly path: string } {
  const path = Deno.makeTempDirSync({ prefix: "hubbub_" });
  return { path, [Symbol.dispose]: () => Deno.removeSync(path, { recursive: true }) };
}
