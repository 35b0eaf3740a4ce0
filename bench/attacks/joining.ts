/**
 * Clients that join too much.
 *
 * @module
 */
import { RawSocket } from "../../testing/raw_socket.ts";
import { PROTOCOL } from "../../protocol/mod.ts";
import { type Attack, type Outcome, wait } from "./attack.ts";

/** The rooms of one client: the default of `--max-rooms-per-client`. */
const ROOMS = 100;

/** The longest time for the replies to all joins, in ms. */
const REPLIES_MS = 60_000;

/** The connections that are opened at once. */
const AT_ONCE = 50;

/** A client that counts its replies. */
class Joiner {
  readonly #socket: RawSocket;
  readonly replies = { joined: 0, left: 0, kept: 0, done: 0, refused: 0 };
  onReply = () => {};

  private constructor(socket: RawSocket) {
    this.#socket = socket;
    const decoder = new TextDecoder();
    void socket.receive((bytes, from, to) => {
      // Most of what arrives are long lines of presence, of which the beginning is enough.
      for (let at = from; at < to; at = bytes.indexOf(10, at) + 1) {
        const type = decoder.decode(bytes.subarray(at, at + 20));
        if (type.startsWith('{"type":"joined"')) this.replies.joined++;
        else if (type.startsWith('{"type":"left"')) this.replies.left++;
        else if (type.startsWith('{"type":"room",')) this.replies.kept++;
        else if (type.startsWith('{"type":"ok"')) this.replies.done++;
        else if (type.startsWith('{"type":"error"')) this.replies.refused++;
        else continue;
        this.onReply();
      }
    });
  }

  static async open(port: number): Promise<Joiner> {
    return new Joiner(await RawSocket.connect({ port, path: "/ws", protocol: PROTOCOL }));
  }

  /** Opens `size` of them. */
  static async openAll(port: number, size: number): Promise<Joiner[]> {
    const joiners: Joiner[] = [];
    while (joiners.length < size) {
      const some = Math.min(AT_ONCE, size - joiners.length);
      joiners.push(...await Promise.all(Array.from({ length: some }, () => Joiner.open(port))));
    }
    return joiners;
  }

  send(...commands: object[]): void {
    this.#socket.send(commands.map((command) => JSON.stringify(command)).join("\n"));
  }
}

function sum(joiners: readonly Joiner[]): Outcome {
  const outcome: Outcome = { joined: 0, left: 0, kept: 0, done: 0, refused: 0 };
  for (const { replies } of joiners) {
    for (const [kind, times] of Object.entries(replies)) {
      outcome[kind] = (outcome[kind] ?? 0) + times;
    }
  }
  return outcome;
}

function joins(room: (i: number) => string): object[] {
  return Array.from({ length: ROOMS }, (_, i) => ({ type: "join", room: room(i) }));
}

/**
 * `size` clients that open a hundred empty rooms each. Then a newcomer joins the default room, the room of the
 * quiet pair, which has messages, and a new one: `newcomer` is how many of the three.
 */
const emptyRooms: Attack = {
  size: 100,
  flags: ["--rate", "60"],
  async run(port, size) {
    const joiners = await Joiner.openAll(port, size);
    for (const [i, joiner] of joiners.entries()) joiner.send(...joins((j) => `empty-${i}-${j}`));
    let before = -1;
    while (before !== (before = (sum(joiners).joined ?? 0) + (sum(joiners).refused ?? 0))) {
      await wait(1000);
    }
    const newcomer = await Joiner.open(port);
    const answered = new Promise<void>((resolve) => {
      newcomer.onReply = () => {
        const { joined, refused } = newcomer.replies;
        if (joined + refused === 3) resolve();
      };
    });
    newcomer.send(...["lobby", "quiet", "new"].map((room) => ({ type: "join", room })));
    await answered;
    return { ...sum(joiners), newcomer: newcomer.replies.joined };
  },
};

/** `size` clients that all join the same hundred rooms, where each of them is announced to all. */
const memberships: Attack = {
  size: 1500,
  seconds: 20,
  flags: ["--max-clients", "5000", "--rate", "60"],
  async run(port, size, seconds) {
    const joiners = await Joiner.openAll(port, size);
    for (const joiner of joiners) joiner.send(...joins((i) => `crowd-${i}`));
    await wait(seconds * 1000);
    const end = performance.now() + REPLIES_MS;
    const replies = () => (sum(joiners).joined ?? 0) + (sum(joiners).refused ?? 0);
    while (replies() < size * ROOMS && performance.now() < end) await wait(100);
    return sum(joiners);
  },
};

/** `size` clients that leave a room and join it again as soon as they have the replies. */
const joinsAndLeaves: Attack = {
  size: 200,
  seconds: 20,
  flags: ["--rate", "60"],
  async run(port, size, seconds) {
    const joiners = await Joiner.openAll(port, size);
    const room = "door";
    const end = performance.now() + seconds * 1000;
    await Promise.all(joiners.map((joiner) =>
      new Promise<void>((resolve) => {
        const again = () => {
          if (performance.now() > end) return resolve();
          joiner.send({ type: "join", room }, { type: "leave", room });
        };
        joiner.onReply = () => {
          if (joiner.replies.left === joiner.replies.joined) again();
        };
        again();
      })
    ));
    return sum(joiners);
  },
};

/**
 * `size` people with names who become members of the same hundred rooms, and then mark all of them as read at once.
 */
const markers: Attack = {
  size: 100,
  flags: ["--rate", "0"],
  async run(port, size) {
    const joiners = await Joiner.openAll(port, size);
    const replies = async (kind: "joined" | "kept" | "done", times: number) => {
      const end = performance.now() + REPLIES_MS;
      while ((sum(joiners)[kind] ?? 0) < times && performance.now() < end) await wait(50);
    };
    const rooms = Array.from({ length: ROOMS }, (_, i) => `marked-${i}`);
    for (const [i, joiner] of joiners.entries()) {
      joiner.send({ type: "name", name: `marker ${i}` }, ...joins((j) => rooms[j] ?? ""));
    }
    await replies("joined", size * ROOMS);
    // Those who are in a room become members with its first message.
    joiners[0]?.send(...rooms.map((room) => ({ type: "send", room, id: "first", text: "first" })));
    // And of the default room by their names.
    await replies("kept", size * (ROOMS + 1));
    for (const joiner of joiners) {
      joiner.send(...rooms.map((room) => ({ type: "read", room, seq: 1 })));
    }
    await replies("done", size * ROOMS);
    return sum(joiners);
  },
};

/** The attacks of this file, by name. */
export const JOINING = {
  "empty-rooms": emptyRooms,
  memberships,
  "joins-and-leaves": joinsAndLeaves,
  markers,
} satisfies Record<string, Attack>;
