/**
 * Many servers that are one chat, by NATS.
 *
 * @module
 */
import { Alive } from "./heartbeat.ts";
import { ClusterError, HALF_IMPORTED } from "./cluster_error.ts";
import { JetStreamLog } from "./message_log.ts";
import type { MessageLog } from "../hub/message_log.ts";
import { Nats, type NatsOptions, oneLine, type Outage } from "./connection.ts";
import { NatsPeople } from "./people.ts";
import { NatsPresence } from "./presence.ts";
import type { SharedPresence } from "../hub/shared_presence.ts";
import { randomId } from "../people/session.ts";
import { deadline } from "../lib/std.ts";

/** Which cluster a server belongs to. */
export interface ClusterOptions extends NatsOptions {
  /** How many servers of NATS have a copy of everything, 1 to 5; 1 unless told. */
  readonly replicas?: number;
  /** Messages older than this are deleted, in days; 0, which is the default, keeps them for ever. */
  readonly keepDays?: number;
  /** Begins the names of all streams, buckets and subjects; `hubbub` unless told. */
  readonly prefix?: string;
  /** Is told when another took a name that was held here, which happens only while NATS is lost. */
  readonly onNameLost?: (key: string, person: string) => void;
  /** Is told how many messages of a room JetStream has lost, when it comes back with fewer. */
  readonly onLoss?: (room: string, messages: number) => void;
  /** Is told when NATS is lost, and when it is there again. */
  readonly outage?: Outage;
}

/** What the servers share. Disposing of it takes this server's people out of the lists and closes it. */
export interface Cluster<Origin> extends AsyncDisposable {
  /** 32 hex digits that tell one cluster's data from another's. */
  readonly id: string;
  readonly log: MessageLog<Origin>;
  readonly people: NatsPeople;
  readonly presence: SharedPresence;
  /** False while NATS is lost. */
  readonly connected: boolean;
}

/**
 * Joins the cluster, or begins it.
 *
 * @throws {ClusterError} if NATS can't be reached, refuses the user, has no JetStream or fewer servers
 * than copies are asked for, or keeps another program's data, or an import that was cut off, in Hubbub's place.
 */
export async function openCluster<Origin = unknown>(
  options: ClusterOptions,
): Promise<Cluster<Origin>> {
  const { prefix = "hubbub", replicas = 1, keepDays = 0, onNameLost, onLoss, outage } = options;
  await using opening = new AsyncDisposableStack();
  try {
    const nats = opening.use(await Nats.connect(options));
    if (outage) opening.use(nats.onOutage(outage));
    const server = randomId();
    const alive = opening.use(await Alive.open(nats, { prefix, replicas, server }));
    const people = opening.use(
      await NatsPeople.open(nats, alive, { prefix, replicas, onLost: onNameLost }),
    );
    if (await people.isImporting()) throw new ClusterError(HALF_IMPORTED);
    const id = await people.storeId();
    // Asked for now, so that whatever is wrong with it is told now.
    await people.signingKey();
    const presence = opening.use(new NatsPresence(nats, { prefix, server }));
    const probe = () => alive.beat();
    const log = opening.use(
      await JetStreamLog.open<Origin>(nats, { prefix, replicas, keepDays, probe, onLoss }),
    );
    const open = opening.move();
    return {
      id,
      log,
      people,
      presence,
      get connected() {
        return nats.connected;
      },
      [Symbol.asyncDispose]: () => close(open, nats),
    };
  } catch (error) {
    if (error instanceof ClusterError) throw error;
    throw new ClusterError(`Cannot use NATS: ${oneLine(error)}`, { cause: error });
  }
}

/** How long there is to take this server's people, names and sign of life away; else they fade. */
const CLOSE_TIMEOUT_MS = 1000;

/** A NATS that is lost, or halted, keeps nobody from leaving. */
async function close(open: AsyncDisposableStack, nats: Nats): Promise<void> {
  try {
    await deadline(open.disposeAsync(), CLOSE_TIMEOUT_MS);
  } catch {
    // Ends what still waits for an answer.
    await nats[Symbol.asyncDispose]();
  }
}
