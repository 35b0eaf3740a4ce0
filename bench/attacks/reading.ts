/**
 * Clients that read too little, or ask for too much.
 *
 * @module
 */
import { clientFrame, handshake, RawConnection } from "../../testing/sockets.ts";
import { RawSocket } from "../../testing/raw_socket.ts";
import { type Attack, count, type Outcome, wait } from "./attack.ts";

/** The busy room, for plain clients. */
const BUSY = "/ws?room=busy";

/**
 * The time between two moments at which somebody writes to the busy room, in ms: 200 members receive a gigabit a
 * second.
 */
const SPEAK_EVERY_MS = 16;

/** Fewer members than this receive more messages each time, so that their buffers are full as soon. */
const SPEAK_TO = 50;

/** The busy room is written to for at most so long, in ms. */
const SPEAK_LONGEST_MS = 60_000;

/**
 * The messages that may be on their way through the server: it closes who sends on while it gets no time of its machine to
 * read.
 */
const AHEAD = 50;

/** A text that fills the buffers of those who read nothing. */
const LONG_TEXT = "x".repeat(9900);

const IN_BUSY_ROOM = {
  room: "busy",
  size: 200,
  seconds: 4,
  flags: ["--rate", "0", "--write-wait", "5", "--max-message", "10000"],
};

/** `size` clients that read nothing, in a room that is written to until all are dropped. */
const slowReaders: Attack = {
  ...IN_BUSY_ROOM,
  async run(port, size, seconds) {
    for (let i = 0; i < size; i++) await RawConnection.upgrade(port, BUSY);
    return await speak(port, { seconds, members: size, drops: size });
  },
};

/** No attack: `size` clients that read all in such a room, to compare the slow ones with. */
const fastReaders: Attack = {
  ...IN_BUSY_ROOM,
  async run(port, size, seconds) {
    for (let i = 0; i < size; i++) {
      const reader = await RawSocket.connect({ port, path: BUSY });
      void reader.receive(() => {});
    }
    return await speak(port, { seconds, members: size, drops: 0 });
  },
};

/** A client that asks `size` times for history, and reads the answers. As many requests as may wait to be read. */
const history: Attack = {
  size: 5000,
  flags: ["--rate", "0"],
  async run(port, size) {
    const socket = await RawSocket.connect({ port, path: "/ws", protocol: "hubbub.v1" });
    const done = Promise.withResolvers<string>();
    let answers = 0;
    void socket.receive((bytes, from, to) => {
      const text = new TextDecoder().decode(bytes.subarray(from, to));
      answers += text.match(/^\{"type":"history"/gm)?.length ?? 0;
      if (answers === size) done.resolve("answered");
    }).then(({ code }) => done.resolve(String(code)));
    socket.send('{"type":"join","room":"busy"}');
    for (let i = 0; i < size; i++) {
      socket.send('{"type":"history","room":"busy","after":0,"limit":200}');
    }
    const end = await done.promise;
    return { answers, ...count([end]) };
  },
};

/** The messages that a client sends again per second: the default rate, and a few more. */
const RESENT_PER_SECOND = 25;

/** The length of a text of U+0001, which takes six times as many bytes as JSON. */
const ESCAPED_LENGTH = 4096;

/** `size` clients that send one message again and again, and read none of the replies. */
const resentMessages: Attack = {
  size: 30,
  seconds: 5,
  flags: ["--rate", "60"],
  async run(port, size, seconds) {
    const text = "\x01".repeat(ESCAPED_LENGTH);
    const end = performance.now() + seconds * 1000;
    const codes = await Promise.all(Array.from({ length: size }, async (_, i) => {
      const connection = await RawConnection.connect(port);
      await connection.write(handshake({ "Sec-WebSocket-Protocol": "hubbub.v1" }));
      await connection.readHead();
      const room = `own-${i}`;
      const send = { type: "send", room, id: "same", text };
      try {
        await connection.write(clientFrame(JSON.stringify({ type: "join", room })));
        await connection.write(clientFrame(JSON.stringify(send)));
        const again = clientFrame(JSON.stringify({ ...send, text: "again" }));
        while (performance.now() < end) {
          await connection.write(again);
          await wait(1000 / RESENT_PER_SECOND);
        }
        return "open";
      } catch {
        return "cut";
      }
    }));
    return count(codes);
  },
};

/** The authors who fill a room at once, each with as many messages as a client may send at once. */
const AUTHORS = 4;
const BURST = 60;

/** `size` clients that request the largest pages of history without a pause, and read them. */
const largePages: Attack = {
  size: 50,
  seconds: 10,
  flags: ["--rate", "60"],
  async run(port, size, seconds) {
    const open = () => RawSocket.connect({ port, path: "/ws", protocol: "hubbub.v1" });
    const text = "x".repeat(4000);
    for (let author = 0; author < AUTHORS; author++) {
      const socket = await open();
      void socket.receive(() => {});
      const sends = Array.from({ length: BURST }, (_, i) => ({ type: "send", id: `m${i}` }));
      socket.send('{"type":"join","room":"long"}');
      for (const send of sends) socket.send(JSON.stringify({ ...send, room: "long", text }));
    }
    let bytes = 0;
    const page = '{"type":"history","room":"long","after":0}';
    for (let i = 0; i < size; i++) {
      const socket = await open();
      void socket.receive((_bytes, from, to) => bytes += to - from);
      socket.send(['{"type":"join","room":"long"}', ...Array(1000).fill(page)].join("\n"));
    }
    await wait(seconds * 1000);
    return { megabytes: Math.round(bytes / 1e6) };
  },
};

/** The attacks of this file, by name. */
export const READING = {
  "slow-readers": slowReaders,
  "fast-readers": fastReaders,
  history,
  "resent-messages": resentMessages,
  "large-pages": largePages,
} satisfies Record<string, Attack>;

/** Writes to the busy room for so many seconds, and until `drops` clients have been dropped there. */
async function speak(
  port: number,
  { seconds, members, drops }: { seconds: number; members: number; drops: number },
): Promise<Outcome> {
  const speaker = await RawSocket.connect({ port, path: BUSY });
  let [messages, received] = [0, 0];
  const closed = speaker.receive((_bytes, from, to) => received += to - from);
  let isClosed = false;
  void closed.then(() => isClosed = true);
  const speaking = setInterval(() => {
    for (let i = 0; i < SPEAK_TO / members || i === 0; i++) {
      if (messages - received / LONG_TEXT.length > AHEAD) return;
      speaker.send(LONG_TEXT);
      messages++;
    }
  }, SPEAK_EVERY_MS);
  const dropped = async () => {
    const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    return Number(/^hubbub_drops_total\{reason="slow"\} (\d+)/m.exec(metrics)?.[1]);
  };
  const start = performance.now();
  const since = () => performance.now() - start;
  while (since() < seconds * 1000 || (await dropped() < drops && since() < SPEAK_LONGEST_MS)) {
    if (isClosed) {
      clearInterval(speaking);
      throw new Error(`The one who writes was closed: ${JSON.stringify(await closed)}`);
    }
    await wait(100);
  }
  clearInterval(speaking);
  speaker.close();
  await closed;
  return { dropped: await dropped(), messages };
}
