/**
 * A crowd of clients that connect, chat and leave for any time, and what it leaves in the server's
 * memory.
 *
 * ```sh
 * deno run -A bench/soak.ts [--clients 500] [--seconds 3600]
 * ```
 *
 * @module
 */
import { parseArgs } from "node:util";
import { temporaryFolder } from "../testing/folder.ts";
import { Hubbub } from "../testing/hubbub.ts";
import { residentBytes } from "../testing/proc.ts";
import { scrape } from "./scrape.ts";
import { RawSocket } from "../testing/raw_socket.ts";

/** The shortest and the longest time that a client stays, in ms. */
const STAY_MS = [2000, 30_000] as const;
/** The time between two messages of a client, in ms. */
const SAY_MS = 1000;
const ROOMS = 25;
/** Into how many parts the time is divided, and how often memory is looked at in each. */
const PARTS = 12;
const LOOKS = 15;

/** The size and length of a soak. */
export interface SoakOptions {
  clients: number;
  seconds: number;
  /** Called with the server's memory about once a minute. */
  onMinute?: (minute: number, memory: Memory) => void;
}

/** The memory of a server, in bytes. */
export interface Memory {
  resident: number;
  /** The memory that JavaScript keeps, in its heap and outside. */
  kept: number;
}

/** The result of a soak. */
export interface Soak {
  /** The number of clients that connected. */
  came: number;
  /** The number of them that the server closed without being asked to. */
  ended: number;
  /** Lines that arrived. */
  lines: number;
  /**
   * The server's memory under this load: in the second twelfth of the time, which in an hour begins
   * with minute five, and in the last. Each is the median of many looks, since garbage varies.
   */
  memory: { settled: Memory; end: Memory };
}

/** Starts a server and lets a crowd come and go in it. */
export async function soak({ clients, seconds, onMinute }: SoakOptions): Promise<Soak> {
  await using folder = await temporaryFolder();
  await using hubbub = await Hubbub.start(["--data", `${folder.path}/chat.db`, "--log", "off"]);
  const { port, pid } = hubbub;
  const counts = { came: 0, ended: 0, lines: 0 };
  const end = performance.now() + seconds * 1000;
  const looks: Memory[] = [];
  const looking = setInterval(async () => {
    if (performance.now() > end) return;
    const { kept } = await scrape(hubbub);
    looks.push({ resident: residentBytes(pid), kept });
  }, seconds * 1000 / (PARTS * LOOKS));
  const minutes = setInterval(() => {
    const minute = Math.round((performance.now() - end) / 60_000 + seconds / 60);
    const last = looks.at(-1);
    if (last) onMinute?.(minute, last);
  }, 60_000);
  await Promise.all(Array.from({ length: clients }, async (_, index) => {
    for (let left = end - performance.now(); left > 0; left = end - performance.now()) {
      await visit(port, index, { most: left, counts });
    }
  }));
  clearInterval(looking);
  clearInterval(minutes);
  const memory = {
    settled: medianOf(looks.slice(LOOKS, 2 * LOOKS)),
    end: medianOf(looks.slice(-LOOKS)),
  };
  return { ...counts, memory };
}

function medianOf(looks: Memory[]): Memory {
  const median = (pick: (look: Memory) => number) =>
    looks.map(pick).sort((a, b) => a - b)[looks.length >> 1] ?? NaN;
  return { resident: median(({ resident }) => resident), kept: median(({ kept }) => kept) };
}

/** Comes, chats for a while, `most` ms at most, and goes: politely, or just so. */
async function visit(
  port: number,
  index: number,
  { most, counts }: { most: number; counts: { came: number; ended: number; lines: number } },
): Promise<void> {
  const room = `room-${index % ROOMS}`;
  const json = index % 2 === 0;
  using socket = await RawSocket.connect(
    json ? { port, path: "/ws", protocol: "hubbub.v1" } : { port, path: `/ws?room=${room}` },
  );
  counts.came++;
  let leaving = false;
  const ending = socket.receive((bytes, from, to) => {
    for (let at = bytes.indexOf(10, from); at >= 0 && at < to; at = bytes.indexOf(10, at + 1)) {
      counts.lines++;
    }
  });
  void ending.then(() => {
    if (!leaving) counts.ended++;
  });
  if (json) socket.send(JSON.stringify({ type: "join", room }));
  let said = 0;
  const talk = setInterval(() => {
    const text = `message ${said++} of ${index}`;
    socket.send(
      json ? JSON.stringify({ type: "send", room, id: crypto.randomUUID(), text }) : text,
    );
  }, SAY_MS);
  const [shortest, longest] = STAY_MS;
  const stay = Math.min(most, shortest + Math.random() * (longest - shortest));
  await new Promise((resolve) => setTimeout(resolve, stay));
  clearInterval(talk);
  leaving = true;
  if (Math.random() < 0.5) return;
  socket.close();
  await ending;
}

if (import.meta.main) {
  const text = { type: "string" } as const;
  const { values } = parseArgs({ args: Deno.args, options: { clients: text, seconds: text } });
  const mb = ({ resident, kept }: Memory) =>
    `${(resident / 1e6).toFixed(0)} MB (JavaScript ${(kept / 1e6).toFixed(0)} MB)`;
  const { came, ended, lines, memory } = await soak({
    clients: Number(values.clients ?? 500),
    seconds: Number(values.seconds ?? 3600),
    onMinute: (minute, bytes) => console.log(`minute ${minute}: ${mb(bytes)}`),
  });
  console.log(
    `${came} came, ${ended} were ended, ${lines} lines; memory ${mb(memory.settled)} in the ` +
      `second twelfth of the time, ${mb(memory.end)} in the last`,
  );
  Deno.exit(0);
}
