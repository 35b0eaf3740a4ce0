/**
 * Many servers that are one chat, by NATS.
 *
 * @module
 */
import { answerRestorers } from "./candidates.ts";
import { ClockWatch } from "./clock_watch.ts";
import { StateComparison, type StateComparisonOptions } from "./state_comparison.ts";
import { type Copy, type CopyCondition, openCopy } from "./copy.ts";
import { NatsLog } from "./event_log.ts";
import { NatsContents } from "./files/contents.ts";
import { FileCache } from "./files/cache.ts";
import { FileStream } from "./files/stream.ts";
import { FileSweep, restoreFiles } from "./files/sweep.ts";
import { HeldNames } from "./held_names.ts";
import { LogStream, NO_BEGINNING } from "./log_stream.ts";
import { SnapshotMaker } from "./snapshot_maker.ts";
import { Snapshots } from "./snapshots.ts";
import { Nats, type NatsOptions, type Outage } from "./connection.ts";
import { oneLine } from "../lib/errors.ts";
import { NatsPresence } from "./presence.ts";
import { RulesUpgrade } from "./rules.ts";
import { type ChatState, openChatState } from "../state/chat_state.ts";
import { appendOne } from "../state/event_log.ts";
import type { EventOutcome } from "../state/outcome.ts";
import { ignoredKeepDays } from "../state/retention.ts";
import type { SharedPresence } from "../hub/shared_presence.ts";
import type { User } from "../protocol/mod.ts";
import { randomId } from "../people/session.ts";
import { hasSetAside } from "../state/files.ts";
import { timeOfLog } from "../state/log_time.ts";
import { AttachmentTable } from "../state/attachment_table.ts";
import { GoneContents } from "../state/gone_contents.ts";
import { filesFolder } from "../files/content_path.ts";
import { DiskContents } from "../files/disk_contents.ts";
import { deadline } from "../lib/std.ts";
import { UserError } from "../lib/user_error.ts";

/** The cluster that a server belongs to. */
export interface ClusterOptions extends NatsOptions {
  /** This server's own copy of the state, a file that can be rebuilt; by default in memory. */
  readonly copy?: string;
  /** The number of NATS servers that store a copy of everything, 1 to 5; by default 1. */
  readonly replicas?: number;
  /**
   * The age in days above which messages are deleted; 0, the default, keeps them permanently. Counts for the server
   * that begins the chat.
   */
  readonly keepDays?: number;
  /** The bytes that all files together may have; 0, the default, is no limit. */
  readonly maxFiles?: number;
  /** Prefix of the names of all streams and subjects; by default `hubbub`. */
  readonly prefix?: string;
  /** The number of entries of the log between two snapshots; see {@linkcode SnapshotMaker}. */
  readonly snapshotEvery?: number;
  /**
   * For how long a server without a copy looks for others that have one before it begins a new chat in an empty
   * NATS, in ms; 0 by default: it asks once.
   */
  readonly patienceMs?: number;
  /** Called when another person has a name that was held here. */
  readonly onNameLost?: (key: string, person: string) => void;
  /** Called when a person was renamed on another server. */
  readonly onRenamed?: (user: User) => void;
  /** Called with the id of a session that was ended on another server. */
  readonly onSessionEnded?: (session: string) => void;
  /** Called with a line that an operator should read. */
  readonly onTrouble?: (line: string) => void;
  /** Called when {@linkcode Cluster.condition} has changed. */
  readonly onCondition?: () => void;
  /** The newest rules that this program knows; those of `RULES` by default. */
  readonly maxRules?: number;
  /** The most bytes of files that stay on this server's disk, beside the copy; 2 GiB by default. */
  readonly fileCache?: number;
  /** The pace at which servers compare their states and propose newer rules. */
  readonly pace?: Pick<StateComparisonOptions, "everyMs" | "everyEntries">;
  /** Called when NATS is lost, and when it is back. */
  readonly outage?: Outage;
}

/** The chat that servers share. Disposing removes this server's people from the lists and closes it. */
export interface Cluster<Origin> extends ChatState<Origin>, AsyncDisposable {
  readonly presence: SharedPresence;
  /** The bytes of files. */
  readonly contents: NatsContents;
  readonly nats: Nats;
  /** False while NATS is lost. */
  readonly connected: boolean;
  /** Whether the copy is what the log says. A useless one is made again when the cluster is opened again. */
  readonly condition: CopyCondition;
}

/** The time for a server to apply what it has missed before it starts, in ms. */
const CATCH_UP_MS = 10 * 60 * 1000;

const FILE_CACHE_BYTES = 2 * 1024 * 1024 * 1024;

/**
 * Joins the cluster, or creates it. Resolves when this server has applied the whole log.
 *
 * @throws {UserError} if NATS can't be reached, refuses the user, has no JetStream or fewer servers
 * than copies are asked for, or keeps another program's or an older Hubbub's data in Hubbub's place,
 * or the file with the copy can't be used.
 */
export async function openCluster<Origin = unknown>(
  options: ClusterOptions,
): Promise<Cluster<Origin>> {
  for (let tries = 1;; tries++) {
    try {
      return await join(options);
    } catch (error) {
      if (!(error instanceof OutrunError)) throw error;
      if (tries === TRIES) throw new UserError(error.message, { cause: error });
    }
  }
}

/** The log was purged, or replaced, while this server read it. */
class OutrunError extends Error {
  override name = "OutrunError";
}

/** The number of attempts to read a log whose start is purged meanwhile. */
const TRIES = 3;

async function join<Origin>(options: ClusterOptions): Promise<Cluster<Origin>> {
  const { copy: path = ":memory:", prefix = "hubbub", replicas = 1, keepDays, maxFiles } = options;
  const { snapshotEvery, onNameLost, onRenamed, onCondition, outage, maxRules, pace } = options;
  const { patienceMs, onSessionEnded, fileCache = FILE_CACHE_BYTES } = options;
  const { onTrouble = () => {} } = options;
  await using opening = new AsyncDisposableStack();
  try {
    const nats = opening.use(await Nats.connect(options));
    if (outage) opening.use(nats.onOutage(outage));
    const server = randomId();
    const stored = { prefix, replicas, onMoreReplicas: moreCopies(replicas, onTrouble) };
    const stream = await LogStream.open(nats, { ...stored, onTrouble });
    const snapshots = new Snapshots(nats, stored);
    await snapshots.adopt();
    let onLost = (_fault: string) => {};
    const copy: Copy = opening.use(
      await openCopy({
        ...{ path, nats, stream, snapshots, prefix, keepDays: keepDays ?? 0, onTrouble },
        ...(maxRules !== undefined && { maxRules }),
        ...(patienceMs !== undefined && { patienceMs }),
        onFault: ({ position, kind, error }) =>
          onTrouble(`event ${kind} at ${position} of the log refused: ${oneLine(error)}`),
        onLost: (fault) => onLost(fault),
      }),
    );
    const { state } = copy;
    const time = () => timeOfLog(state, log);
    const maker = opening.use(
      new SnapshotMaker({
        ...{ state, stream, snapshots, every: snapshotEvery, time, onTrouble },
      }),
    );
    const fileStream = new FileStream(nats, stored);
    const log: NatsLog = new NatsLog(nats, stream, state, {
      ...{ snapshots, onTrouble, onCondition },
      // A failed attempt is repeated with the next refused batch.
      onFull: () => void fileStream.makeRoom().catch(() => {}),
      onApplied: ({ position, checksum }, own) => {
        if (own) maker.see(position);
        comparison?.see(position, checksum);
      },
    });
    onLost = (fault) => log.giveUp(`this server's copy is lost: ${fault}`, { forGood: true });
    await using starting = new AsyncDisposableStack();
    starting.use(log);
    let comparison: StateComparison | undefined = undefined;
    await log.reach(Infinity, CATCH_UP_MS).catch((error) => {
      throw log.condition === "useless" ? new OutrunError(`Cannot use NATS: ${error}`) : error;
    });
    const { epoch: was } = copy.setBack;
    if (was !== undefined && was === state.store?.epoch) {
      await appendOne(log, { type: "epoch", epoch: randomId(), was });
    }
    if (was !== undefined) copy.setBack.clear();
    const { store } = state;
    if (!store) throw new UserError(NO_BEGINNING);
    const { epoch, keepDays: kept } = store;
    if (keepDays !== undefined && kept !== keepDays) {
      onTrouble(ignoredKeepDays(keepDays, kept));
    }
    const files = opening.use(
      await openFiles(fileStream, copy, { path, fileCache, onTrouble }),
    );
    opening.use(answerRestorers(nats, { prefix, server, epoch, state }));
    const now = () => log.now();
    const held = opening.use(new HeldNames(nats, { prefix, server, now, onLost: onNameLost }));
    const onOthers = (outcomes: readonly EventOutcome[]) => {
      for (const outcome of outcomes) {
        if (outcome.type === "named") held.claimed(outcome.key, outcome.user.id);
        if (outcome.type !== "changed") continue;
        if (outcome.endedSession !== undefined) onSessionEnded?.(outcome.endedSession);
        if (state.store?.epoch !== epoch) {
          log.giveUp("NATS was set back: clients are to forget what they have seen", {
            forGood: true,
          });
        }
      }
    };
    const chat = openChatState<Origin>(opening, {
      ...{ state, log, holds: held, onOthers },
      ...(maxFiles !== undefined && { maxFiles }),
    });
    const isCurrent = () => log.healthy && log.condition === "current";
    opening.use(
      new GoneContents({
        ...{ database: state.database, contents: files },
        onTrouble: (problem) => nats.connected && onTrouble(`files not removed: ${problem}`),
      }),
    );
    opening.use(new ClockWatch({ time, onTrouble }));
    opening.use(new FileSweep({ state, contents: files, isCurrent, time, onTrouble }));
    comparison = opening.use(
      new StateComparison(nats, {
        ...{ prefix, server, ...pace },
        own: () => ({
          ...{ position: state.progress.position, checksum: state.progress.checksum },
          ...{ rules: state.maxRules, isNew: copy.isNew },
          ready: isCurrent(),
        }),
        onDifferent: (line, again) => {
          log.giveUp(line, { forGood: again });
          // What it has that the log may have lost is looked for when it is opened again.
          if (again) copy.noteWrong();
        },
      }),
    );
    opening.use(new RulesUpgrade({ state, log, comparison, everyMs: pace?.everyMs }));
    const presence = opening.use(new NatsPresence(nats, { prefix, server, onRenamed }));
    opening.use(chat.messages);
    starting.move();
    const open = opening.move();
    return {
      ...chat,
      presence,
      contents: files,
      nats,
      get connected() {
        return nats.connected;
      },
      get condition() {
        return log.condition;
      },
      [Symbol.asyncDispose]: () => close(open, nats),
    };
  } catch (error) {
    if (error instanceof UserError || error instanceof OutrunError) throw error;
    throw new UserError(`Cannot use NATS: ${oneLine(error)}`, { cause: error });
  }
}

/** Returns what says that streams have more copies than are asked for, once for all of them. */
function moreCopies(asked: number, onTrouble: (line: string) => void): (found: number) => void {
  let most = asked;
  return (found) => {
    if (found <= most) return;
    most = found;
    onTrouble(
      `NATS keeps the ${found} copies that its streams have, although --nats-replicas is ${asked}`,
    );
  };
}

/** Opens the bytes of files for a state that is current, and stores those that an emptied NATS has lost and this server has. */
async function openFiles(
  stream: FileStream,
  { state }: Copy,
  { path, fileCache, onTrouble }:
    & Required<Pick<ClusterOptions, "fileCache" | "onTrouble">>
    & { readonly path: string },
): Promise<NatsContents> {
  await stream.make();
  const local = await DiskContents.open(path === ":memory:" ? undefined : filesFolder(path));
  const table = new AttachmentTable(state.database.db);
  const isNeeded = (content: string) => table.isNeeded(content);
  const cache = new FileCache({ local, maxBytes: fileCache, isNeeded, onTrouble });
  const contents = new NatsContents({ stream, cache });
  // A copy that was set aside may be the only one that still names some of them.
  await cache.load({ keepsAll: path !== ":memory:" && hasSetAside(path) });
  restoreFiles(state, contents, cache).then((missing) => {
    if (missing > 0) onTrouble(`${missing} files are neither in NATS nor here`);
  }, () => {
    // NATS is lost, or the server ends. The next start looks again.
  });
  return contents;
}

/** The time to withdraw this server's people, names and heartbeat, in ms; otherwise they expire. */
const CLOSE_TIMEOUT_MS = 1000;
/** The time to close the rest after that, in ms: a snapshot of a large copy takes longer, and may not delay the end. */
const CLOSE_REST_MS = 2000;

/** Closes what was opened, even while NATS is lost or halted. */
async function close(open: AsyncDisposableStack, nats: Nats): Promise<void> {
  const closed = open.disposeAsync();
  try {
    await deadline(closed, CLOSE_TIMEOUT_MS);
  } catch {
    // Ends what still waits for an answer.
    await nats[Symbol.asyncDispose]();
    // Only then another server can open the copy.
    await deadline(closed, CLOSE_REST_MS).catch(() => {});
  }
}
