/**
 * Clients whose commands take long.
 *
 * @module
 */
import { browser } from "../../testing/chat_client.ts";
import { type Attack, wait } from "./attack.ts";
import { replied, ReplyCounter, sum } from "./reply_counter.ts";

/** The names of a person are taken one a second, and 200 at once. */
const NAMED_PEOPLE = 100;

/** The replies that each client, or person, gets at least, however slow the machine is. */
const LEAST = 10;

/** The connections of each person: more commands come than a person has turns for. */
const CONNECTIONS = 2;

/** `size` people with two connections each. */
async function openPeople(port: number, size: number): Promise<ReplyCounter[]> {
  const cookies: { cookie: string }[] = [];
  while (cookies.length < size) cookies.push(await browser(port));
  return await ReplyCounter.openAll(port, size * CONNECTIONS, (i) => ({ ...cookies[i % size] }));
}

/** Texts in which every other character may end a name, as many as are looked up, at once and then for a while. */
const mentions: Attack = {
  size: 200,
  seconds: 10,
  flags: ["--rate", "60"],
  async run(port, size, seconds) {
    const clients = await ReplyCounter.openAll(port, size);
    for (const [i, client] of clients.entries()) client.send({ type: "join", room: `signs-${i}` });
    await replied(clients, "joined", size);
    // Each letter stands for 18.
    const text = `@${"!\ufdfa".repeat(16)} `.repeat(7);
    const send = (times: number) => {
      for (const [i, client] of clients.entries()) {
        for (let n = 0; n < times; n++) {
          client.send({ type: "send", room: `signs-${i}`, id: crypto.randomUUID(), text });
        }
      }
    };
    send(40);
    for (let n = 0; n < seconds * 2; n++) {
      send(6);
      await wait(500);
    }
    await replied(clients, "stored", size * LEAST);
    return sum(clients);
  },
};

/** Guests who look for rooms, as often as they may and more. */
const searches: Attack = {
  size: 150,
  seconds: 10,
  flags: ["--rate", "60"],
  async run(port, size, seconds) {
    const makers = await ReplyCounter.openAll(port, Math.min(size, NAMED_PEOPLE));
    const title = "\ufdfa".repeat(80);
    for (const [i, maker] of makers.entries()) {
      maker.send({ type: "name", name: `maker ${i}` });
      for (let n = 0; n < 10; n++) {
        maker.send({ type: "create", kind: "public", room: `made-${i}-${n}`, title });
      }
    }
    // And the default room.
    await replied(makers, "kept", makers.length * 11);
    const clients = await openPeople(port, size);
    for (const client of clients) {
      for (let n = 0; n < 60 + seconds * 10; n++) client.send({ type: "directory", text: "none" });
    }
    await wait(seconds * 1000);
    await replied(clients, "listed", size * LEAST);
    return sum(clients);
  },
};

/** `size` people who are members of a hundred rooms, and put them in another order. */
const orders: Attack = {
  size: NAMED_PEOPLE,
  seconds: 10,
  flags: ["--rate", "0"],
  async run(port, size, seconds) {
    const rooms = Array.from({ length: 100 }, (_, i) => `ordered-${i}`);
    const clients = await openPeople(port, size);
    const people = clients.slice(0, size);
    for (const [i, client] of people.entries()) {
      client.send({ type: "name", name: `orderer ${i}` });
      client.send(...rooms.map((room) => ({ type: "join", room })));
    }
    await replied(people, "joined", size * rooms.length);
    people[0]?.send(...rooms.map((room) => ({ type: "send", room, id: "first", text: "first" })));
    await replied(people, "kept", size * (rooms.length + 1));
    for (const client of clients) {
      for (let n = 0; n < 60 + seconds * 10; n++) {
        const [room, before] = [rooms[n % 100], rooms[(n * 7 + 51) % 100]];
        client.send({ type: "order", room, before }, { type: "all_read" });
      }
    }
    await wait(seconds * 1000);
    await replied(clients, "done", size * LEAST);
    return sum(clients);
  },
};

/** The messages of a room that a person has written, and not read. */
const OWN_MESSAGES = 2000;

/** A person who has written all that is unread in `size` rooms, and connects again and again. */
const returns: Attack = {
  size: 100,
  seconds: 10,
  flags: ["--rate", "0"],
  async run(port, size, seconds) {
    const headers = await browser(port);
    const client = await ReplyCounter.open(port, headers);
    client.send({ type: "name", name: "author" });
    for (let room = 0; room < size; room++) {
      client.send({ type: "join", room: `own-${room}` });
      for (let n = 0; n < OWN_MESSAGES; n++) {
        client.send({ type: "send", room: `own-${room}`, id: `m${n}`, text: "mine" });
      }
      await replied([client], "stored", (room + 1) * OWN_MESSAGES);
    }
    const end = performance.now() + seconds * 1000;
    let entered = 0;
    await Promise.all(Array.from({ length: 20 }, async () => {
      while (performance.now() < end) {
        const again = await ReplyCounter.open(port, headers);
        if (await replied([again], "entered", 1)) entered++;
        again.cut();
      }
    }));
    return { ...sum([client]), entered };
  },
};

/** The people who are mentioned in all rooms: as many as one message may mention. */
const MENTIONED_PEOPLE = 50;

/** The rooms that they are mentioned in, if there are enough of them: as many as an answer has. */
const MENTION_ROOMS = 400;

/** The messages with mentions that are sent before the first of them is stored. */
const MENTIONS_AT_ONCE = 4;

/** The rooms of one author: the default of `--max-rooms-per-client`. */
const AUTHOR_ROOMS = 100;

/** The messages of a page of history. */
const PAGE = 100;

/** The addresses that a trusted proxy says clients have; the pair has another one. */
const ATTACKER = { "x-forwarded-for": "198.51.100.7" };
const AUTHOR = { "x-forwarded-for": "198.51.100.8" };

/**
 * `size` connections of one address. Half of them are of people who are mentioned in hundreds of rooms, and who ask for what
 * mentions them; the others read history, all without a pause.
 */
const inboxes: Attack = {
  size: 400,
  seconds: 10,
  flags: ["--rate", "0", "--trust-proxy"],
  commands: true,
  async run(port, size, seconds) {
    const people = Math.min(MENTIONED_PEOPLE, Math.ceil(size / 2));
    const names = Array.from({ length: people }, (_, i) => `reader-${i}`);
    const cookies: { cookie: string }[] = [];
    while (cookies.length < people) cookies.push(await browser(port));
    const clients = await ReplyCounter.openAll(port, size, (i) => {
      return { ...ATTACKER, ...(i % 2 === 0 && cookies[(i / 2) % people]) };
    });
    for (const [i, name] of names.entries()) clients[2 * i]?.send({ type: "name", name });
    // Of the default room, by their names.
    await replied(clients, "kept", people);
    const rooms = Math.min(MENTION_ROOMS, 4 * size);
    const authors = await ReplyCounter.openAll(port, Math.ceil(rooms / AUTHOR_ROOMS), () => AUTHOR);
    const text = names.map((name) => `@${name}`).join(" ");
    for (let i = 0; i < rooms; i++) {
      const [room, author] = [`told-${i}`, authors[i % authors.length]];
      author?.send({ type: "join", room }, { type: "send", room, id: "all", text });
      // This is not the attack: each of them is news for everyone who is mentioned.
      if (i % MENTIONS_AT_ONCE === 0) await replied(authors, "stored", i + 1);
    }
    for (let n = 0; n < PAGE; n++) {
      authors[0]?.send({ type: "send", room: "told-0", id: `m${n}`, text: "x".repeat(100) });
    }
    await replied(authors, "stored", rooms + PAGE);
    for (const [i, client] of clients.entries()) {
      if (i % 2 === 0) {
        client.send(...Array(20 + seconds * 10).fill({ type: "inbox", limit: 50 }));
      } else {
        client.send({ type: "join", room: "told-0" });
        client.send(
          ...Array(1000).fill({ type: "history", room: "told-0", before: PAGE, limit: PAGE }),
        );
      }
    }
    await wait(seconds * 1000);
    await replied(clients, "inboxes", people);
    return sum(clients);
  },
};

/** The attacks of this file, by name. */
export const COMMANDING = {
  mentions,
  searches,
  orders,
  returns,
  inboxes,
} satisfies Record<string, Attack>;
