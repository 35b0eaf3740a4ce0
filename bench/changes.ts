/**
 * Measures how many edits and reactions a server stores: each person makes one after the other of a message of their own.
 *
 * @module
 */
import { delay } from "../lib/std.ts";
import { PROTOCOL } from "../protocol/mod.ts";
import { cpuSeconds } from "../testing/proc.ts";
import { RawSocket } from "../testing/raw_socket.ts";
import { LatencyHistogram } from "./statistics.ts";

/** The people: each may make ten changes a second, and 100 at once. */
const PEOPLE = 400;
/** Those who only look at the room, and receive what is changed four times a second. */
const WATCHERS = 10;
const ROOM = "lobby";
const CONNECT_AT_ONCE = 50;

/** The server that is measured, and for how long. */
export interface ChangesOptions {
  readonly port: number;
  readonly pid: number;
  /** That are measured. */
  readonly seconds: number;
}

/** The server's work. */
export type ChangesCost = {
  /** Changes that were stored and answered in a second. */
  changes: number;
  /** Milliseconds from a command to its answer. */
  p50: number;
  p99: number;
  /** Seconds of CPU for a million of them. */
  cpu: number;
};

const decoder = new TextDecoder();

/** A person who changes a message of their own, over and over. */
class Changer implements Disposable {
  readonly #socket: RawSocket;
  readonly #answered: (ms: number) => void;
  #seq = 0;
  #count = 0;
  #sentAt = 0;
  #ready = Promise.withResolvers<void>();

  private constructor(socket: RawSocket, answered: (ms: number) => void) {
    this.#socket = socket;
    this.#answered = answered;
  }

  /** Writes a message, and leaves the room: then only answers arrive. */
  static async enter(port: number, answered: (ms: number) => void): Promise<Changer> {
    const socket = await RawSocket.connect({ port, path: "/ws", protocol: PROTOCOL });
    const changer = new Changer(socket, answered);
    void socket.receive((bytes, from, to) => {
      for (const line of decoder.decode(bytes.subarray(from, to - 1)).split("\n")) {
        changer.#take(line);
      }
    });
    changer.#write({ type: "join", room: ROOM });
    changer.#write({ type: "send", room: ROOM, id: "own", text: "to be changed" });
    await changer.#ready.promise;
    return changer;
  }

  /** Makes the next change. */
  go(): void {
    const [n, place] = [this.#count++, { room: ROOM, seq: this.#seq }];
    this.#sentAt = performance.now();
    this.#write(
      n % 2 === 0
        ? { type: "edit", ...place, id: `e${n}`, text: `text ${n}` }
        : { type: "react", ...place, id: `r${n}`, emoji: "👍", on: n % 4 === 1 },
    );
  }

  #take(line: string): void {
    if (line.includes('"type":"message"') && line.includes('"id":"own"') && this.#seq === 0) {
      const { seq, user } = JSON.parse(line);
      if (user.id !== this.#me) return;
      this.#seq = seq;
      this.#write({ type: "leave", room: ROOM });
    } else if (line.includes('"type":"hello"')) this.#me = JSON.parse(line).user.id;
    else if (line.includes('"type":"left"')) this.#ready.resolve();
    else if (line.includes('"type":"changed"') && this.#sentAt > 0) {
      // Before it has left, it receives what others change.
      if (!line.includes(`"id":"${this.#id}"`)) return;
      this.#answered(performance.now() - this.#sentAt);
      this.go();
    }
  }

  get #id(): string {
    const n = this.#count - 1;
    return `${n % 2 === 0 ? "e" : "r"}${n}`;
  }

  #me = "";

  #write(command: object): void {
    this.#socket.send(JSON.stringify(command));
  }

  [Symbol.dispose](): void {
    this.#socket[Symbol.dispose]();
  }
}

/** Lets everybody in, and measures while all change their messages. */
export async function measureChanges({ port, pid, seconds }: ChangesOptions): Promise<ChangesCost> {
  using held = new DisposableStack();
  const [times, changers]: [LatencyHistogram, Changer[]] = [new LatencyHistogram(), []];
  let count = 0;
  const answered = (ms: number) => {
    count++;
    times.record(ms);
  };
  while (changers.length < PEOPLE) {
    const some = Array.from({ length: CONNECT_AT_ONCE }, () => Changer.enter(port, answered));
    for (const changer of await Promise.all(some)) changers.push(held.use(changer));
  }
  for (let i = 0; i < WATCHERS; i++) {
    const socket = held.use(await RawSocket.connect({ port, path: "/ws", protocol: PROTOCOL }));
    void socket.receive(() => {});
    socket.send(JSON.stringify({ type: "join", room: ROOM }));
  }
  const start = { cpu: cpuSeconds(pid), at: performance.now() };
  for (const changer of changers) changer.go();
  await delay(seconds * 1000);
  const [changes, elapsed] = [count, (performance.now() - start.at) / 1000];
  return {
    changes: changes / elapsed,
    p50: times.percentile(0.5),
    p99: times.percentile(0.99),
    cpu: (cpuSeconds(pid) - start.cpu) / (changes / 1e6),
  };
}
