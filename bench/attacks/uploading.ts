/**
 * Clients that upload much, slowly, or without an end.
 *
 * @module
 */
import { browser } from "../../testing/chat_client.ts";
import { randomBytes } from "../../testing/sample_files.ts";
import { TusClient } from "../../testing/tus.ts";
import { type Attack, count, wait } from "./attack.ts";

/** Bytes of one file. */
const FILE_BYTES = 20_000_000;

/** `size` people who upload 20 MB each at once. */
const uploads: Attack = {
  size: 50,
  onDisk: true,
  flags: ["--rate", "100"],
  async run(port, size) {
    const bytes = randomBytes(FILE_BYTES);
    const people = await guests(port, size);
    return count(
      await Promise.all(people.map(async (person, i) => {
        // Equal contents would be stored once.
        const own = bytes.slice();
        own[1] = i;
        const path = await person.begin(own.length);
        return String(await ended(person.append(path, 0, own)));
      })),
    );
  },
};

/** `size` connections that upload a byte a second. */
const slowUploads: Attack = {
  size: 200,
  seconds: 10,
  onDisk: true,
  flags: ["--rate", "100"],
  async run(port, size, seconds) {
    const people = await guests(port, size);
    const results: string[] = [];
    const sockets = await Promise.all(people.map(async (person) => {
      const path = await person.begin(1000);
      const socket = await Deno.connect({ hostname: "127.0.0.1", port });
      await socket.write(person.head("PATCH", path, {
        "content-type": "application/offset+octet-stream",
        "content-length": "1000",
        "upload-offset": "0",
      }));
      void socket.read(new Uint8Array(100)).then(() => results.push("answered"), () => {});
      return socket;
    }));
    for (let second = 0; second < seconds; second++) {
      await Promise.all(sockets.map((socket) => socket.write(new Uint8Array(1)).catch(() => {})));
      await wait(1000);
    }
    for (const socket of sockets) socket.close();
    return { held: size - results.length, ...count(results) };
  },
};

/** The people who leave uploads behind. */
const LEAVERS = 100;

/** `size` uploads that are begun and left behind, by a hundred people. */
const abandonedUploads: Attack = {
  size: 10_000,
  onDisk: true,
  flags: ["--rate", "100"],
  async run(port, size) {
    const people = await guests(port, LEAVERS);
    const outcomes = await Promise.all(people.map(async (person) => {
      const results: string[] = [];
      for (let i = 0; i < size / LEAVERS; i++) {
        results.push(String(await ended(person.create(1_000_000))));
      }
      return results;
    }));
    return count(outcomes.flat());
  },
};

/** Returns people whom the server knows by a cookie. */
async function guests(port: number, size: number): Promise<TusClient[]> {
  const people: TusClient[] = [];
  for (let i = 0; i < size; i++) people.push(new TusClient(port, await browser(port)));
  return people;
}

async function ended(answer: Promise<Response>): Promise<number> {
  const { status, body } = await answer;
  await body?.cancel();
  return status;
}

/** The attacks of this file, by name. */
export const UPLOADING = {
  "uploads": uploads,
  "slow-uploads": slowUploads,
  "abandoned-uploads": abandonedUploads,
} as const satisfies Readonly<Record<string, Attack>>;
