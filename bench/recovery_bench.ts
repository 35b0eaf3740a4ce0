/**
 * Measures how soon a server of a chat with many messages is ready: from the log alone, from its copy and from
 * a snapshot; what a snapshot under load costs two quiet people; and what many rooms, joins and history cost NATS.
 *
 * `deno task bench:recovery [--messages N] [--rooms N] [recovery] [snapshot] [nats]`, with `nats-server` on the
 * path.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { openCluster } from "../nats/cluster.ts";
import { LogStream } from "../nats/log_stream.ts";
import { SnapshotMaker } from "../nats/snapshot_maker.ts";
import { Snapshots } from "../nats/snapshots.ts";
import type { Draft } from "../hub/message_log.ts";
import { ChatClient } from "../testing/chat_client.ts";
import { type Folder, temporaryFolder } from "../testing/folder.ts";
import { freePort } from "../testing/free_port.ts";
import { Hubbub } from "../testing/hubbub.ts";
import { TestNats } from "../testing/nats.ts";
import { residentBytes } from "../testing/proc.ts";
import { messageOf } from "../lib/errors.ts";
import { format, machine } from "./report.ts";

/** Of a batch, as a busy turn brings them. */
const BATCH = 50;
/** Messages under way at once. */
const IN_FLIGHT = 4000;
const AUTHORS = 100;
const TEXT = "x".repeat(64);
const NEVER = 1_000_000_000;
/** Messages between two quiet people, for their latency. */
const QUIET_MESSAGES = 400;
/** Messages a second of the others meanwhile. */
const LOAD_RATE = 500;

let count = 0;

function draft(room: string): Draft<number> {
  const id = `m3k9x2a${(++count).toString(36).padStart(6, "0")}`;
  const user = { id: `p01234567${count % AUTHORS}`, name: "person" };
  return { room, id, user, text: TEXT, origin: count };
}

/** Appends messages to a chat through a server's own copy, `perRoom` to each room. */
async function fill(nats: TestNats, copy: string, { messages, perRoom }: {
  readonly messages: number;
  readonly perRoom: number;
}): Promise<number> {
  await using cluster = await openCluster<number>({ url: nats.url, copy, snapshotEvery: NEVER });
  const start = performance.now();
  let [sent, stored] = [0, 0];
  const append = () => {
    for (; sent < messages && sent - stored < IN_FLIGHT; sent += BATCH) {
      const drafts = Array.from(
        { length: BATCH },
        (_, i) => draft(`room-${Math.floor((sent + i) / perRoom)}`),
      );
      cluster.messages.append(drafts);
    }
  };
  append();
  for await (const entries of cluster.messages.entries) {
    for (const { type } of entries) {
      if (type !== "message") throw new Error("Cannot fill the chat: a message was not stored");
    }
    stored += entries.length;
    if (stored >= messages) break;
    append();
  }
  return performance.now() - start;
}

/** Starts a server; resolves to the time until it is ready, in seconds. */
async function readySeconds(nats: TestNats, copy: string): Promise<number> {
  const start = performance.now();
  await using hubbub = await Hubbub.start(["--nats", nats.url, "--data", copy]);
  while (await hubbub.health() !== 200) await new Promise((resolve) => setTimeout(resolve, 5));
  const seconds = (performance.now() - start) / 1000;
  hubbub.signal("SIGTERM");
  await hubbub.status;
  return seconds;
}

/** Makes a snapshot of a copy, without a server. */
async function makeSnapshot(nats: TestNats, copy: string): Promise<number> {
  const start = performance.now();
  await using cluster = await openCluster({ url: nats.url, copy, snapshotEvery: NEVER });
  const stream = await LogStream.open(cluster.nats, {});
  const maker = new SnapshotMaker({
    ...{ state: cluster.state, stream, snapshots: new Snapshots(cluster.nats, {}), every: 1 },
    time: () => Promise.resolve(Date.now()),
    onTrouble: (line) => {
      throw new Error(line);
    },
  });
  maker.see(cluster.state.progress.position);
  await maker.settled();
  return (performance.now() - start) / 1000;
}

async function measureRecovery(folder: Folder, messages: number): Promise<string[][]> {
  await using nats = await TestNats.start();
  const copy = `${folder.path}/copy.db`;
  const took = await fill(nats, copy, { messages, perRoom: Math.ceil(messages / 100) });
  const megabytes = Deno.statSync(copy).size / 1e6;
  const fromCopy = await readySeconds(nats, copy);
  const fromLog = await readySeconds(nats, `${folder.path}/log.db`);
  const made = await makeSnapshot(nats, copy);
  const fromSnapshot = await readySeconds(nats, `${folder.path}/snapshot.db`);
  const disk = performance.now();
  Deno.copyFileSync(copy, `${folder.path}/plain.db`);
  using file = Deno.openSync(`${folder.path}/plain.db`, { write: true });
  file.syncSync();
  const copied = (performance.now() - disk) / 1000;
  const all = `${messages.toLocaleString("en")} messages`;
  const rate = (seconds: number) => `${Math.round(messages / seconds).toLocaleString("en")}/s`;
  return [
    [`${all}: stored through NATS`, rate(took / 1000)],
    [`${all}: size of the copy`, `${Math.round(megabytes)} MB`],
    [`${all}: ready from its copy`, seconds(fromCopy)],
    [`${all}: ready from the log alone`, `${seconds(fromLog)}, ${rate(fromLog)}`],
    [`${all}: a snapshot is made`, seconds(made)],
    [`${all}: ready from the snapshot`, seconds(fromSnapshot)],
    [`${all}: the file copied and synced`, seconds(copied)],
  ];
}

/** The latencies of two people who talk, in ms, ascending. */
async function talk(here: ChatClient, there: ChatClient, messages: number): Promise<number[]> {
  const times: number[] = [];
  for (let i = 0; i < messages; i++) {
    const id = crypto.randomUUID();
    const start = performance.now();
    here.send({ type: "send", room: "quiet", id, text: "hello" });
    await there.take("message", (line) => line.id === id);
    times.push(performance.now() - start);
  }
  return times.sort((a, b) => a - b);
}

/** Two people talk at a server that makes snapshots of a large state under load, and at one that makes none. */
async function measureSnapshot(folder: Folder, messages: number): Promise<string[][]> {
  const rows: string[][] = [];
  await using nats = await TestNats.start();
  const copy = `${folder.path}/large.db`;
  await fill(nats, copy, { messages, perRoom: Math.ceil(messages / 100) });
  const p99s: number[] = [];
  for (const every of [1_000_000, 1000]) {
    const flags = ["--nats", nats.url, "--data", copy, "--nats-snapshot-every", `${every}`];
    await using hubbub = await Hubbub.start(flags);
    await using here = await ChatClient.enter(hubbub.port, ["quiet"]);
    await using there = await ChatClient.enter(hubbub.port, ["quiet"]);
    await using crowd = await ChatClient.enter(hubbub.port, ["busy"]);
    const timer = setInterval(() => {
      for (let i = 0; i < LOAD_RATE / 100; i++) {
        crowd.send({ type: "send", room: "busy", id: crypto.randomUUID(), text: TEXT });
      }
    }, 10);
    await talk(here, there, 50);
    const times = await talk(here, there, QUIET_MESSAGES * 5);
    clearInterval(timer);
    const [p50, p99] = [0.5, 0.99].map((q) => times[Math.floor(times.length * q)] ?? NaN);
    p99s.push(p99 ?? NaN);
    rows.push([
      every === 1000 ? "two people beside snapshots" : "two people without snapshots",
      `p50 ${p50?.toFixed(2)} ms, p99 ${p99?.toFixed(2)} ms`,
    ]);
    hubbub.signal("SIGTERM");
    await hubbub.status;
    const made = (await hubbub.stderr).match(/snapshot not made/g)?.length ?? 0;
    if (made > 0) rows.push(["snapshots that were not made", String(made)]);
  }
  const [without = NaN, beside = NaN] = p99s;
  return [...rows, [
    "p99 beside snapshots, compared with without",
    `${digits(beside / without)} ×`,
  ]];
}

/** Reads NATS's own counters of received requests and stored messages. */
async function natsCounters(port: number): Promise<{ messages: number; api: number }> {
  const get = async (path: string) => await (await fetch(`http://127.0.0.1:${port}${path}`)).json();
  const { in_msgs } = await get("/varz");
  const { api } = await get("/jsz");
  return { messages: Number(in_msgs), api: Number(api?.total) };
}

async function measureNats(folder: Folder, rooms: number): Promise<string[][]> {
  const monitor = freePort();
  await using nats = await TestNats.start({ args: ["-m", String(monitor)] });
  const before = residentBytes(nats.pid);
  const copy = `${folder.path}/rooms.db`;
  await fill(nats, copy, { messages: rooms * 10, perRoom: 10 });
  const memory = residentBytes(nats.pid);
  await using hubbub = await Hubbub.start(["--nats", nats.url, "--data", copy]);
  const flags = 100;
  await using client = await ChatClient.open(hubbub.port);
  await client.join("room-0");
  // The server tells the others of a newcomer, which is what presence costs.
  await new Promise((resolve) => setTimeout(resolve, 3000));
  const start = await natsCounters(monitor);
  for (let i = 0; i < flags; i++) {
    client.send({ type: "history", room: "room-0", before: 11, limit: 10 });
    await client.take("history");
  }
  const history = await natsCounters(monitor);
  const idle = history.messages - start.messages;
  for (let i = 1; i < flags; i++) {
    const { messages } = await client.join(`room-${i}`);
    if (messages.length !== 10) throw new Error(`room ${i} has ${messages.length} messages`);
    client.send({ type: "leave", room: `room-${i}` });
  }
  const joins = await natsCounters(monitor);
  const all = `${rooms.toLocaleString("en")} rooms of 10 messages`;
  return [
    [`${all}: memory of NATS`, `${Math.round(memory / 1e6)} MB, ${Math.round(before / 1e6)} empty`],
    [`${flags} requests of history: messages to NATS`, String(idle)],
    [`${flags} requests of history: requests of JetStream`, String(history.api - start.api)],
    [`${flags} joins: messages to NATS (presence)`, String(joins.messages - history.messages)],
    [`${flags} joins: requests of JetStream`, String(joins.api - history.api)],
  ];
}

function digits(value: number): string {
  return Number(value.toPrecision(3)).toLocaleString("en");
}

const seconds = (value: number) => `${digits(value)} s`;

const MEASURED: Record<string, (folder: Folder, options: Options) => Promise<string[][]>> = {
  recovery: (folder, { messages }) => measureRecovery(folder, messages),
  snapshot: (folder, { messages }) => measureSnapshot(folder, messages),
  nats: (folder, { rooms }) => measureNats(folder, rooms),
};

interface Options {
  readonly messages: number;
  readonly rooms: number;
}

function print(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(text + "\n\n"));
}

if (import.meta.main) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      messages: { type: "string", default: "1000000" },
      rooms: { type: "string", default: "10000" },
    },
  });
  const { cpu, cores, memory, system, deno } = machine();
  print(`${cpu}, ${cores} cores shared by all, ${memory}, ${system}, Deno ${deno}`);
  const options = { messages: Number(values.messages), rooms: Number(values.rooms) };
  for (const [name, measure] of Object.entries(MEASURED)) {
    if (positionals.length > 0 && !positionals.includes(name)) continue;
    await using folder = await temporaryFolder();
    try {
      print(format([["what", "measured"], ...await measure(folder, options)], 1));
    } catch (error) {
      print(`${name}: ${messageOf(error)}`);
      Deno.exitCode = 1;
    }
  }
  Deno.exit();
}
