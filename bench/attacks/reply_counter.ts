/**
 * A client that counts its replies, and looks at no more of them than it must.
 *
 * @module
 */
import { RawSocket } from "../../testing/raw_socket.ts";
import { PROTOCOL } from "../../protocol/mod.ts";
import { type Outcome, wait } from "./attack.ts";

/** The longest time for the replies of {@linkcode replied}, in ms. */
const REPLIES_MS = 60_000;

/** The connections that are opened at once. */
const AT_ONCE = 50;

const NONE = {
  ...{ joined: 0, left: 0, kept: 0, done: 0, refused: 0, stored: 0, listed: 0, entered: 0 },
  ...{ inboxes: 0, pages: 0 },
};

/** The numbers of replies, by what they say. */
export type Replies = typeof NONE;

/** The beginnings of the lines that are counted. */
const KINDS: readonly (readonly [string, keyof Replies])[] = [
  ['{"type":"joined"', "joined"],
  ['{"type":"left"', "left"],
  ['{"type":"room",', "kept"],
  ['{"type":"ok"', "done"],
  ['{"type":"error"', "refused"],
  ['{"type":"message"', "stored"],
  ['{"type":"directory"', "listed"],
  ['{"type":"state"', "entered"],
  ['{"type":"inbox"', "inboxes"],
  ['{"type":"history"', "pages"],
];

/** A client that counts its replies. */
export class ReplyCounter {
  readonly #socket: RawSocket;
  readonly replies = { ...NONE };
  onReply = () => {};

  private constructor(socket: RawSocket) {
    this.#socket = socket;
    const decoder = new TextDecoder();
    void socket.receive((bytes, from, to) => {
      // Most of what arrives are long lines of presence, of which the beginning is enough.
      for (let at = from; at < to; at = bytes.indexOf(10, at) + 1) {
        const type = decoder.decode(bytes.subarray(at, at + 20));
        const kind = KINDS.find(([start]) => type.startsWith(start))?.[1];
        if (kind === undefined) continue;
        this.replies[kind]++;
        this.onReply();
      }
    });
  }

  /** Connects, with `headers` in the handshake. */
  static async open(port: number, headers: Record<string, string> = {}): Promise<ReplyCounter> {
    return new ReplyCounter(
      await RawSocket.connect({ port, path: "/ws", protocol: PROTOCOL, headers }),
    );
  }

  /** Opens `size` of them; `headersOf` returns the headers of each. */
  static async openAll(
    port: number,
    size: number,
    headersOf: (i: number) => Record<string, string> = () => ({}),
  ): Promise<ReplyCounter[]> {
    const counters: ReplyCounter[] = [];
    while (counters.length < size) {
      const some = Math.min(AT_ONCE, size - counters.length);
      const first = counters.length;
      counters.push(
        ...await Promise.all(
          Array.from({ length: some }, (_, i) => ReplyCounter.open(port, headersOf(first + i))),
        ),
      );
    }
    return counters;
  }

  send(...commands: object[]): void {
    this.#socket.send(commands.map((command) => JSON.stringify(command)).join("\n"));
  }

  /** Cuts the connection. */
  cut(): void {
    this.#socket[Symbol.dispose]();
  }
}

/** Adds up the replies of several clients. */
export function sum(counters: readonly ReplyCounter[]): Outcome {
  const outcome: Outcome = {};
  for (const { replies } of counters) {
    for (const [kind, times] of Object.entries(replies)) {
      outcome[kind] = (outcome[kind] ?? 0) + times;
    }
  }
  return outcome;
}

/** Waits until several clients have so many replies of a kind together, at most a minute. Returns whether they have. */
export async function replied(
  counters: readonly ReplyCounter[],
  kind: keyof Replies,
  times: number,
): Promise<boolean> {
  const end = performance.now() + REPLIES_MS;
  const isThere = () => (sum(counters)[kind] ?? 0) >= times;
  while (!isThere() && performance.now() < end) await wait(50);
  return isThere();
}
