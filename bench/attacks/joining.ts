/**
 * Clients that join too much.
 *
 * @module
 */
import { type Attack, wait } from "./attack.ts";
import { replied, ReplyCounter, sum } from "./reply_counter.ts";

/** The rooms of one client: the default of `--max-rooms-per-client`. */
const ROOMS = 100;

/** The longest time for the replies to all joins, in ms. */
const REPLIES_MS = 60_000;

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
    const joiners = await ReplyCounter.openAll(port, size);
    for (const [i, joiner] of joiners.entries()) joiner.send(...joins((j) => `empty-${i}-${j}`));
    let before = -1;
    while (before !== (before = (sum(joiners).joined ?? 0) + (sum(joiners).refused ?? 0))) {
      await wait(1000);
    }
    const newcomer = await ReplyCounter.open(port);
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
    const joiners = await ReplyCounter.openAll(port, size);
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
    const joiners = await ReplyCounter.openAll(port, size);
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
    const joiners = await ReplyCounter.openAll(port, size);
    const rooms = Array.from({ length: ROOMS }, (_, i) => `marked-${i}`);
    for (const [i, joiner] of joiners.entries()) {
      joiner.send({ type: "name", name: `marker ${i}` }, ...joins((j) => rooms[j] ?? ""));
    }
    await replied(joiners, "joined", size * ROOMS);
    // Those who are in a room become members with its first message.
    joiners[0]?.send(...rooms.map((room) => ({ type: "send", room, id: "first", text: "first" })));
    // And of the default room by their names.
    await replied(joiners, "kept", size * (ROOMS + 1));
    for (const joiner of joiners) {
      joiner.send(...rooms.map((room) => ({ type: "read", room, seq: 1 })));
    }
    await replied(joiners, "done", size * ROOMS);
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
