/**
 * Misbehaving clients. Run as a program, this one plays the attack that its arguments name: it
 * prints what the server did about it as a line of JSON, and holds what it holds until killed.
 *
 * @module
 */
import { clientFrame, handshake, Wire } from "../testing/sockets.ts";
import { FRAME_BYTES } from "../protocol/mod.ts";
import { RawSocket } from "../testing/raw_socket.ts";

/** What came of an attack: how often each thing happened. */
export type Outcome = Record<string, number>;

/** An attack of a size on the server at a port. */
type Attack = (port: number, size: number) => Promise<Outcome>;

/** How many requests are under way at once. */
const PARALLEL = 20;

/** The busy room, for plain clients. */
const BUSY = "/ws?room=busy";

/** How often the busy room is written to, in ms: 200 members get a gigabit a second. */
const SPEAK_EVERY_MS = 16;

/** How long the busy room is written to at least, in ms. */
const SPEAK_MS = 4000;

/** A text that fills the buffers of those who read nothing. */
const LONG_TEXT = "x".repeat(9900);

/** Every attack. */
export const ATTACKS = {
  /** `size` clients that read nothing, in a room that is written to until all are dropped. */
  async deaf(port, size) {
    for (let i = 0; i < size; i++) await Wire.upgrade(port, BUSY);
    return await speak(port, size);
  },

  /** No attack: `size` clients that read all in such a room, to compare the deaf ones with. */
  async readers(port, size) {
    for (let i = 0; i < size; i++) {
      const reader = await RawSocket.connect({ port, path: BUSY });
      void reader.receive(() => {});
    }
    return await speak(port, 0);
  },

  /** One that sends `size` tiny frames without a pause. */
  async tiny(port, size) {
    using wire = await Wire.upgrade(port);
    const frames = Array.from({ length: 1000 }, () => [...clientFrame("x")]).flat();
    let sent = 0;
    try {
      for (; sent < size; sent += 1000) await wire.write(new Uint8Array(frames));
    } catch {
      // The server has cut it.
    }
    return { sent, ...count([closeCode(await wire.readToEnd())]) };
  },

  /** `size` times one that sends a message of a byte more than a frame may have. */
  async big(port, size) {
    return await repeat(size, async () => {
      const socket = await RawSocket.connect({ port, path: "/ws" });
      const ending = socket.receive(() => {});
      socket.send("x".repeat(FRAME_BYTES + 1));
      return String((await ending).code);
    });
  },

  /** One that opens `size` connections and keeps them. */
  async many(port, size) {
    return await repeat(size, async () => {
      const wire = await Wire.connect(port);
      await wire.write(handshake());
      return (await wire.readHead()).slice(9, 12);
    });
  },

  /** One that logs in `size` times, with another name each time and now and then a wrong secret. */
  async logins(port, size) {
    let next = 0;
    return await repeat(size, async () => {
      const i = next++;
      const answer = await fetch(`http://127.0.0.1:${port}/login`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({
          name: i % 3 === 0 ? "victim" : `name ${i}`,
          ...(i % 3 === 2 ? {} : { secret: `guess ${i}` }),
        }),
      });
      await answer.body?.cancel();
      return String(answer.status);
    });
  },

  /** One that joins `size` rooms. */
  async rooms(port, size) {
    const socket = await RawSocket.connect({ port, path: "/ws", protocol: "hubbub.v1" });
    const lines: string[] = [];
    const ending = socket.receive((bytes, from, to) => {
      const text = new TextDecoder().decode(bytes.subarray(from, to));
      for (const [, type = ""] of text.matchAll(/^\{"type":"(joined|error)"/gm)) lines.push(type);
    });
    for (let i = 0; i < size; i++) socket.send(JSON.stringify({ type: "join", room: `room-${i}` }));
    const { code } = await ending;
    return { ...count(lines), ...count([String(code)]) };
  },

  /** `size` requests that are never sent to their end. */
  async halves(port, size) {
    return await repeat(size, async () => {
      const wire = await Wire.connect(port);
      await wire.write("GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\n");
      return "held";
    });
  },

  /** One that asks `size` times for history, and reads the answers. */
  async history(port, size) {
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
} satisfies Record<string, Attack>;

/** The name of an attack. */
export type AttackName = keyof typeof ATTACKS;

/** Whether there is an attack of this name. */
export function isAttack(name: string): name is AttackName {
  return Object.hasOwn(ATTACKS, name);
}

/** Writes to the busy room until `size` clients have been dropped there. */
async function speak(port: number, size: number): Promise<Outcome> {
  const speaker = await RawSocket.connect({ port, path: BUSY });
  const ending = speaker.receive(() => {});
  let said = 0;
  const speaking = setInterval(() => {
    speaker.send(LONG_TEXT);
    said++;
  }, SPEAK_EVERY_MS);
  const dropped = async () => {
    const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    return Number(/^hubbub_drops_total\{reason="slow"\} (\d+)/m.exec(metrics)?.[1]);
  };
  const start = performance.now();
  const since = () => performance.now() - start;
  while (since() < SPEAK_MS || (await dropped() < size && since() < 60_000)) await wait(100);
  clearInterval(speaking);
  speaker.close();
  await ending;
  return { dropped: await dropped(), messages: said };
}

async function repeat(size: number, run: () => Promise<string>): Promise<Outcome> {
  const results: string[] = [];
  let left = size;
  await Promise.all(Array.from({ length: PARALLEL }, async () => {
    while (left-- > 0) results.push(await run().catch(() => "failed"));
  }));
  return count(results);
}

function count(results: string[]): Outcome {
  const outcome: Outcome = {};
  for (const result of results) outcome[result] = (outcome[result] ?? 0) + 1;
  return outcome;
}

/** The code of the close frame at the end of what a server sent. */
function closeCode(received: Uint8Array): string {
  const at = received.lastIndexOf(0x88);
  return at < 0 ? "cut" : String((received[at + 2] ?? 0) * 256 + (received[at + 3] ?? 0));
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

if (import.meta.main) {
  const [name = "", port, size] = Deno.args;
  if (!isAttack(name)) throw new TypeError(`Cannot attack: no attack is named ${name}`);
  const outcome = await ATTACKS[name](Number(port), Number(size));
  Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(outcome) + "\n"));
  // What it holds open is part of the attack.
  await new Promise(() => setInterval(() => {}, 1000));
}
