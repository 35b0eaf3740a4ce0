import type { ClusterOptions } from "../nats/cluster.ts";
import type { Flags } from "../cli/flags.ts";
import type { MessageLog } from "../hub/message_log.ts";
import type { Logger } from "../lib/logger.ts";
import { type NatsFlags, readNats } from "../cli/nats_flags.ts";
import { People } from "../people/people.ts";
import { type PeopleStore, SqlitePeople } from "../people/store.ts";
import type { Subscriber } from "../hub/room.ts";
import { LocalPresence, type SharedPresence } from "../hub/shared_presence.ts";
import { SqliteLog } from "../sqlite/message_log.ts";
import { openStore } from "../sqlite/database.ts";

/** Where a server keeps everything. Disposing closes it; the log is closed by its hub. */
export interface Backend extends AsyncDisposable {
  /** Tells this data from another's. */
  readonly id: string;
  readonly messages: MessageLog<Subscriber>;
  readonly people: People;
  readonly presence: SharedPresence;
  /** Whether NATS is there; undefined where everything is in a file. */
  readonly connected?: boolean;
}

/** What the data needs to know of the flags. */
export type BackendFlags =
  & Pick<Flags, "data" | "sync" | "keep-days" | "password">
  & NatsFlags;

/** Who is told what happens to the data. */
export interface BackendEvents {
  readonly log?: Logger;
  /** Another has the name of a person who is connected here, which happens only after NATS was lost. */
  readonly nameLost?: (person: string) => void;
}

/**
 * Opens the data: one SQLite file, or the NATS that many servers share.
 *
 * @throws {StoreError} when the file can't be used.
 * @throws {ClusterError} when NATS can't be used.
 * @throws {FlagError} when the credentials for NATS can't be read.
 */
export async function openBackend(
  flags: BackendFlags,
  events: BackendEvents = {},
): Promise<Backend> {
  const nats = readNats(flags);
  return await (nats ? openNats(nats, flags, events) : openFile(flags));
}

async function openFile(flags: BackendFlags): Promise<Backend> {
  const presence = new LocalPresence();
  const store = openStore({ path: flags.data, sync: flags.sync });
  return {
    id: store.id,
    messages: new SqliteLog(store, { keepDays: flags["keep-days"] }),
    people: await openPeople(new SqlitePeople(store.db), flags),
    presence,
    [Symbol.asyncDispose]: async () => {
      await presence[Symbol.asyncDispose]();
      store[Symbol.dispose]();
    },
  };
}

async function openNats(
  nats: ClusterOptions,
  flags: BackendFlags,
  { log = () => {}, nameLost }: BackendEvents,
): Promise<Backend> {
  // Whoever has one server never loads what speaks to NATS.
  const { openCluster } = await import("../nats/cluster.ts");
  const cluster = await openCluster<Subscriber>({
    ...nats,
    keepDays: flags["keep-days"],
    onNameLost: (_key, person) => nameLost?.(person),
    onLoss: (room, messages) => log("messages lost by NATS", { room, messages }),
    outage: { lost: () => log("NATS lost"), back: () => log("NATS back") },
  });
  await using opening = new AsyncDisposableStack();
  opening.use(cluster);
  const people = await openPeople(cluster.people, flags);
  opening.move();
  return {
    id: cluster.id,
    messages: cluster.log,
    people,
    presence: cluster.presence,
    get connected() {
      return cluster.connected;
    },
    [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose](),
  };
}

/** The server's password is no part of the data: of servers that share it, each is given the same. */
function openPeople(store: PeopleStore, { password }: BackendFlags): Promise<People> {
  return People.open(store, password === "" ? {} : { password });
}
