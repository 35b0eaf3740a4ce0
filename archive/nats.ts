/**
 * The archive of a cluster: reading it all out of JetStream, and filling an empty JetStream.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { jetstream } from "@nats-io/jetstream";
import { Alive } from "../nats/heartbeat.ts";
import { ARCHIVE_FORMAT, ArchiveError, type ArchiveLine } from "./format.ts";
import { type ArchiveLines, eachLine } from "./check.ts";
import { ClusterError, HALF_IMPORTED } from "../nats/cluster_error.ts";
import { Bucket } from "../nats/bucket.ts";
import { Nats, type NatsOptions } from "../nats/connection.ts";
import { NatsPeople } from "../nats/people.ts";
import {
  clearPeople,
  damaged,
  ENDED_BUCKET,
  IMPORTING,
  PEOPLE_BUCKET,
  personIds,
  readOwner,
  SIGNING_KEY,
  STORE_ID,
} from "../nats/people_records.ts";
import type { Owner } from "../people/store.ts";
import type { Message } from "../protocol/mod.ts";
import { type RoomState, RoomStreams } from "../nats/room_streams.ts";
import { randomId } from "../people/session.ts";

/** Which cluster's archive. */
export interface NatsArchiveOptions extends NatsOptions {
  /** Begins the names of all streams and buckets; `hubbub` unless told. */
  readonly prefix?: string;
  /** How many servers of NATS have a copy of what is written; 1 unless told. */
  readonly replicas?: number;
}

/** How much is asked for, or under way, at once. */
const WINDOW = 256;

/**
 * Everything that a cluster has. Of what its servers write meanwhile some may be in it: a room is read as
 * far as it went when reading began.
 *
 * @throws {ClusterError} if NATS can't be used, or has no Hubbub's data.
 */
export async function* readNatsArchive(
  { prefix = "hubbub", ...options }: NatsArchiveOptions,
): AsyncGenerator<ArchiveLine, void, void> {
  await using nats = await Nats.connect(options);
  const people = await Bucket.find(nats, `${prefix}_${PEOPLE_BUCKET}`);
  const ended = await Bucket.find(nats, `${prefix}_${ENDED_BUCKET}`);
  if (await people?.get(IMPORTING)) throw new ClusterError(HALF_IMPORTED);
  if (!people || !ended || await people.get(STORE_ID) === undefined) {
    throw new ClusterError("Cannot use NATS: no Hubbub has written to it");
  }
  const streams = new RoomStreams(nats, { prefix });

  yield {
    type: "hubbub",
    format: ARCHIVE_FORMAT,
    store: await readText(people, STORE_ID),
    key: Buffer.from(await readText(people, SIGNING_KEY), "base64url").toString("base64"),
  };
  const counts = { people: 0, messages: 0 };
  for await (const owner of inWindows(await personIds(people), (id) => readOwner(people, id))) {
    if (!owner) continue;
    yield { type: "person", ...owner };
    counts.people++;
  }
  for await (const session of inWindows(await ended.keys(), (id) => readSession(ended, id))) {
    if (session) yield session;
  }
  const rooms = (await Array.fromAsync(streams.list())).filter(({ last }) => last > 0);
  for (const room of rooms.toSorted((a, b) => a.room < b.room ? -1 : 1)) {
    for await (const line of readRoom(streams, room)) {
      if (line.type === "message") counts.messages++;
      yield line;
    }
  }
  yield { type: "end", ...counts };
}

async function readText(bucket: Bucket, key: string): Promise<string> {
  const value = (await bucket.get(key))?.value;
  if (typeof value !== "string") throw damaged(key);
  return value;
}

async function readSession(ended: Bucket, id: string): Promise<ArchiveLine | undefined> {
  const until = (await ended.get(id))?.value;
  // It may have faded meanwhile.
  return typeof until === "number" ? { type: "session", id, until } : undefined;
}

async function* readRoom(
  streams: RoomStreams,
  { room, first, last }: RoomState,
): AsyncGenerator<ArchiveLine, void, void> {
  let begun = false;
  let next = first;
  for await (const message of inWindows(range(first, last), (seq) => streams.get(room, seq))) {
    const seq = next++;
    if (message) {
      if (!begun) yield { type: "room", room, first: seq, last };
      begun = true;
      yield { type: "message", ...message };
    } else if (begun) {
      // By age a room is deleted from its beginning; that beginning may reach what was not read yet.
      throw new Error(`message ${seq} of the room "${room}" is not kept any more; try again`);
    }
  }
  if (!begun) yield { type: "room", room, first: last + 1, last };
}

function* range(first: number, last: number): Generator<number, void, void> {
  for (let seq = first; seq <= last; seq++) yield seq;
}

/** What is got for each of many, in their order. */
async function* inWindows<In, Out>(
  all: Iterable<In>,
  get: (one: In) => Promise<Out>,
): AsyncGenerator<Out, void, void> {
  const open: Promise<Out>[] = [];
  for (const one of all) {
    open.push(get(one));
    if (open.length === WINDOW) yield* await Promise.all(open.splice(0));
  }
  yield* await Promise.all(open);
}

/**
 * Fills an empty JetStream with an archive: all of it or nothing. Should this process be killed meanwhile,
 * no server starts on what is there until another import has replaced it.
 *
 * @throws {ArchiveError} when the archive is not whole, there are people or messages already, or servers
 * are running.
 * @throws {ClusterError} if NATS can't be used.
 */
export async function writeNatsArchive(
  { prefix = "hubbub", replicas = 1, ...options }: NatsArchiveOptions,
  lines: ArchiveLines,
): Promise<void> {
  await using nats = await Nats.connect(options);
  const server = randomId();
  await using alive = await Alive.open(nats, { prefix, replicas, server });
  await using owners = await NatsPeople.open(nats, alive, { prefix, replicas });
  const cluster: Target = {
    nats,
    owners,
    people: await existing(nats, `${prefix}_${PEOPLE_BUCKET}`),
    ended: await existing(nats, `${prefix}_${ENDED_BUCKET}`),
    streams: new RoomStreams(nats, { prefix, replicas }),
  };
  const found = (await cluster.people.get(IMPORTING))?.value;
  // A server looks for the mark after it has said that it is alive: so one of the two sees the other.
  await cluster.people.put(IMPORTING, found ?? CHECKING);
  if (await alive.others()) {
    if (found === undefined) await unmark(cluster);
    throw new ArchiveError("servers or another import run on this NATS; stop them, and wait 10 s");
  }
  if (found !== FILLING && await isUsed(cluster)) {
    await unmark(cluster);
    throw new ArchiveError("this NATS has people or messages already");
  }
  await cluster.people.put(IMPORTING, FILLING);
  try {
    await wipe(cluster);
    await fill(cluster, lines);
  } catch (error) {
    // Where NATS is lost, the mark stays.
    await wipe(cluster).then(() => unmark(cluster)).catch(() => {});
    throw error;
  }
  await unmark(cluster);
}

async function existing(nats: Nats, name: string): Promise<Bucket> {
  const bucket = await Bucket.find(nats, name);
  if (bucket) return bucket;
  throw new ClusterError(`Cannot use NATS: its bucket ${name} was deleted meanwhile`);
}

/** What the mark says: whether what is there is of an import, and may be wiped. */
const CHECKING = "checking";
const FILLING = "filling";

/** What an import works on. */
interface Target {
  readonly nats: Nats;
  readonly people: Bucket;
  readonly ended: Bucket;
  readonly owners: NatsPeople;
  readonly streams: RoomStreams;
}

async function isUsed({ people, streams }: Target): Promise<boolean> {
  for await (const { last } of streams.list()) if (last > 0) return true;
  return (await personIds(people)).length > 0;
}

async function wipe({ people, ended, streams }: Target): Promise<void> {
  for (const { room } of await Array.fromAsync(streams.list())) await streams.remove(room);
  await clearPeople(people);
  await ended.clear();
}

async function unmark({ people }: Target): Promise<void> {
  const mark = await people.get(IMPORTING);
  if (mark) await people.remove(mark);
}

async function fill({ nats, people, owners, streams }: Target, lines: ArchiveLines): Promise<void> {
  const client = jetstream(nats.connection);
  const writing = new Window();
  let id: ArchiveLine & { type: "hubbub" } | undefined;

  const claim = async (owner: Owner) => {
    if (!await owners.claim(owner)) throw new Error(`the name "${owner.name}" is taken`);
  };
  const enter = async ({ room, first }: ArchiveLine & { type: "room" }) => {
    await writing.empty();
    await streams.make(room);
    if (first > 1) await streams.begin(room, first);
  };
  const publish = async (message: Message) => {
    const draft = { ...message, origin: undefined };
    const { seq } = await client.publish(streams.subject(draft), streams.payload(draft));
    if (seq !== message.seq) throw new Error(`JetStream gave it the seq ${seq}`);
  };

  try {
    await eachLine(lines, (line) => {
      switch (line.type) {
        case "hubbub":
          id = line;
          return;
        case "person":
          return writing.add(claim(line));
        case "session":
          return writing.add(owners.endSession(line.id, line.until, 0));
        case "room":
          return enter(line);
        case "message":
          return writing.add(publish(line));
        case "end":
          return writing.empty();
      }
    });
  } finally {
    // Whoever wipes what was written wants nothing to come after it.
    await writing.settled();
  }
  if (id === undefined) return;
  await people.put(STORE_ID, id.store);
  if (id.key === undefined) return;
  await people.put(SIGNING_KEY, Buffer.from(id.key, "base64").toString("base64url"));
}

/** What is under way at once. */
class Window {
  readonly #open = new Set<Promise<void>>();
  #failure: { error: unknown } | undefined;

  /** Adds one; resolves when there is room for another. Rejects once one has failed. */
  async add(one: Promise<void>): Promise<void> {
    const settled: Promise<void> = one
      .catch((error) => void (this.#failure ??= { error }))
      .finally(() => this.#open.delete(settled));
    this.#open.add(settled);
    const [oldest] = this.#open;
    if (this.#open.size >= WINDOW) await oldest;
    if (this.#failure) throw this.#failure.error;
  }

  /** Resolves when none is left. Rejects if one has failed. */
  async empty(): Promise<void> {
    await this.settled();
    if (this.#failure) throw this.#failure.error;
  }

  /** Resolves when none is left, whatever became of them. */
  async settled(): Promise<void> {
    await Promise.all(this.#open);
  }
}
