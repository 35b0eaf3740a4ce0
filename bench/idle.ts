/**
 * Measures what members cost that only listen: guests in one room, and people with names who are members of several.
 *
 * @module
 */
import { deadline } from "../lib/std.ts";
import { PROTOCOL } from "../protocol/mod.ts";
import { RawSocket } from "../testing/raw_socket.ts";
import { LoadGenerator } from "./load_generator.ts";
import type { FormatName } from "./formats.ts";
import type { Hooks } from "./load.ts";
import { cpuSeconds, residentBytes } from "../testing/proc.ts";

/** Presence of thousands who join at once is sent for minutes, some hundreds at a time. */
const SETTLE_CEILING_MS = 240_000;

/** The members, and the server they connect to. */
export interface IdleOptions {
  port: number;
  pid: number;
  format: FormatName;
  members: number;
  /** Nothing must have arrived, presence above all, for this long before it is measured. */
  quietSeconds: number;
  /** Time over which its CPU is measured. */
  seconds: number;
}

/** The cost of idle members. */
export type IdleCost = {
  /** Memory of the server for each of them. */
  bytes: number;
  /** Share of a core for all of them together. */
  cpu: number;
};

/** Lets everybody in, waits until it is quiet, and measures. */
export async function measureIdle(options: IdleOptions, hooks?: Hooks): Promise<IdleCost> {
  const { port, pid, format, members, quietSeconds, seconds } = options;
  const silent = { senders: 0, inFlight: 0, rate: 0, size: 64, warmup: 0, seconds };
  const before = residentBytes(pid);
  using crowd = new LoadGenerator({ port, pid, format, rooms: 1, receivers: members, ...silent });
  await crowd.enter();
  await crowd.settle(quietSeconds * 1000, SETTLE_CEILING_MS);
  await hooks?.begin();
  const start = { cpu: cpuSeconds(pid), at: performance.now() };
  await crowd.runFor(seconds);
  const used = cpuSeconds(pid) - start.cpu;
  const elapsed = (performance.now() - start.at) / 1000;
  await hooks?.end();
  return { bytes: (residentBytes(pid) - before) / members, cpu: used / elapsed };
}

/** What the server of {@linkcode measureNamed} is to be set to: its people have addresses of their own. */
export const BEHIND_PROXY = { HUBBUB_TRUST_PROXY: "1" };

/** The rooms that each person with a name is a member of, and all rooms that there are. */
const ROOMS_EACH = 10;
const ROOMS = 100;
/** More would be charged to one person as new rooms than one may make. */
const ROOMS_BY_ONE = 10;
const ENTER_AT_ONCE = 20;
const ENTER_CEILING_MS = 60_000;

/** The answer of a Hubbub before there were roles to whoever takes a name. */
const RENAMED = '{"type":"renamed"';

const decoder = new TextDecoder();

/** A connection whose person has taken a name. */
class NamedPerson implements Disposable {
  readonly #socket: RawSocket;
  /** The line that is waited for, by the ways in which it may begin. */
  #expected: readonly string[] = [];
  #arrived = Promise.withResolvers<void>();
  /** When something last arrived, by `performance.now()`. */
  at = 0;

  private constructor(socket: RawSocket) {
    this.#socket = socket;
  }

  /** @param number Another one for each, and so another address: new names from one are limited. */
  static async enter(port: number, number: number): Promise<NamedPerson> {
    const headers = { "X-Forwarded-For": `10.1.${number >> 8}.${number & 255}` };
    const to = { port, path: "/ws", protocol: PROTOCOL, headers };
    const person = new NamedPerson(await RawSocket.connect(to));
    void person.#socket.receive((bytes, from, to) => {
      person.at = performance.now();
      const lines = decoder.decode(bytes.subarray(from, to)).split("\n");
      if (lines.some((line) => person.#expected.some((begin) => line.startsWith(begin)))) {
        person.#arrived.resolve();
      }
    });
    await person.#ask({ type: "name", name: `person ${number}` }, '{"type":"you"', RENAMED);
    return person;
  }

  join(room: string): Promise<void> {
    return this.#ask({ type: "join", room }, `{"type":"joined","room":"${room}"`);
  }

  write(room: string): Promise<void> {
    const text = { type: "send", room, id: "first", text: "hello" };
    return this.#ask(text, `{"type":"message","room":"${room}"`);
  }

  async #ask(command: object, ...answers: readonly string[]): Promise<void> {
    this.#expected = answers;
    this.#arrived = Promise.withResolvers();
    this.#socket.send(JSON.stringify(command));
    await deadline(this.#arrived.promise, ENTER_CEILING_MS);
  }

  [Symbol.dispose](): void {
    this.#socket[Symbol.dispose]();
  }
}

/**
 * Lets people take names and join {@linkcode ROOMS_EACH} rooms with messages, of which they become members, waits until
 * it is quiet, and measures. The server is set to {@linkcode BEHIND_PROXY}.
 */
export async function measureNamed(options: Omit<IdleOptions, "format">): Promise<IdleCost> {
  const { port, pid, members, quietSeconds, seconds } = options;
  using held = new DisposableStack();
  for (let first = 0; first < ROOMS; first += ROOMS_BY_ONE) {
    using founder = await NamedPerson.enter(port, members + first);
    for (let room = first; room < first + ROOMS_BY_ONE; room++) {
      await founder.join(`room-${room}`);
      await founder.write(`room-${room}`);
    }
  }
  const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
  await pause(quietSeconds * 1000);
  const before = residentBytes(pid);
  const people: NamedPerson[] = [];
  const enter = async (index: number) => {
    const person = held.use(await NamedPerson.enter(port, index));
    people.push(person);
    for (let i = 0; i < ROOMS_EACH; i++) {
      await person.join(`room-${(index + i * ROOMS / ROOMS_EACH) % ROOMS}`);
    }
  };
  for (let first = 0; first < members; first += ENTER_AT_ONCE) {
    const count = Math.min(ENTER_AT_ONCE, members - first);
    await Promise.all(Array.from({ length: count }, (_, i) => enter(first + i)));
  }
  const latest = performance.now() + SETTLE_CEILING_MS;
  const heard = () => Math.max(...people.map(({ at }) => at));
  while (performance.now() < Math.min(heard() + quietSeconds * 1000, latest)) await pause(100);
  const start = { cpu: cpuSeconds(pid), at: performance.now() };
  await pause(seconds * 1000);
  const elapsed = (performance.now() - start.at) / 1000;
  const cpu = (cpuSeconds(pid) - start.cpu) / elapsed;
  return { bytes: (residentBytes(pid) - before) / members, cpu };
}
