/**
 * Mutated frames and requests from a fixed seed, against a real server. `HUBBUB_FUZZ=1000000` says
 * how many; few in an ordinary run.
 */
import { residentBytes } from "../testing/proc.ts";
import { assert, assertEquals } from "../testing/assert.ts";
import { runtimes } from "../testing/executable.ts";
import { Hubbub } from "../testing/hubbub.ts";
import { ROUTES } from "../server/routes.ts";
import { COMMANDS } from "../testing/example_lines.ts";
import { clientFrame, handshake, RawConnection } from "../testing/sockets.ts";

const COUNT = Number(Deno.env.get("HUBBUB_FUZZ") ?? 3000);
const SEED = 20_30_01;

/** The number of mutations that one connection carries, unless it ends before. */
const PER_CONNECTION = 50;

/** Between two looks at the server's health and memory. */
const LOOK_EVERY = 2000;

/** The server's memory may grow by this after the first mutations, in bytes. */
const GROWTH_BYTES = 300 << 20;

const REQUESTS = [
  handshake(),
  handshake({ "Sec-WebSocket-Protocol": "hubbub.v1", "Origin": "http://127.0.0.1" }),
  handshake({ "Authorization": `Basic ${btoa("ann:secret")}` }, "/ws?room=a&name=b&history=5"),
  'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept-Encoding: br\r\nIf-None-Match: "x"\r\n\r\n',
  "GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer x\r\n\r\n",
  "POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n" +
  'Content-Length: 27\r\nCookie: a=b; c=d\r\n\r\n{"name":"ann","secret":"x"}',
  "POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 8\r\n" +
  "Content-Type: application/x-www-form-urlencoded\r\n\r\nname=ann",
];

/** Hosts that no URL can have, or have for something else. */
const HOSTS = ["[", "a:99999", "[::1%25eth0]", "a/healthz?"];

const encoder = new TextEncoder();

/** Random numbers from a seed, by xorshift32. */
class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** A whole number from 0 to below `sides`. */
  roll(sides: number): number {
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    return (this.#state >>> 0) % sides;
  }

  pick<T>(items: readonly T[]): T {
    // A roll is below the length.
    return items[this.roll(items.length)]!;
  }
}

/** Changes, takes out, doubles or puts in a few bytes. */
function mutate(bytes: Uint8Array, dice: Dice): Uint8Array {
  const result = [...bytes];
  for (let left = dice.roll(4); left > 0; left--) {
    const at = dice.roll(result.length + 1);
    switch (dice.roll(4)) {
      case 0:
        result[at] = dice.roll(256);
        break;
      case 1:
        result.splice(at, 1 + dice.roll(8));
        break;
      case 2:
        result.splice(at, 0, ...result.slice(at, at + 1 + dice.roll(64)));
        break;
      default:
        result.splice(
          at,
          0,
          ...encoder.encode(dice.pick(['"', "{", "[", "\0", "\n", "\u202e", "🦊", "1e999"])),
        );
    }
  }
  return new Uint8Array(result);
}

/** A frame: a mutated command, sometimes in a frame that is no good. */
function frame(dice: Dice): Uint8Array {
  const line = mutate(encoder.encode(JSON.stringify(dice.pick(COMMANDS))), dice);
  const whole = clientFrame(line, dice.roll(20) === 0 ? dice.roll(256) : 0x81);
  return dice.roll(10) === 0 ? mutate(whole, dice) : whole;
}

/** Sends mutations through connections of its own until there are `count`. */
async function fuzz(port: number, count: number, dice: Dice): Promise<void> {
  for (let sent = 0; sent < count;) {
    using connection = await RawConnection.connect(port);
    void connection.readToEnd().catch(() => {});
    try {
      const upgrades = dice.roll(4) > 0;
      const request = encoder.encode(
        upgrades ? dice.pick(REQUESTS.slice(0, 2)) : dice.pick(REQUESTS),
      );
      await connection.write(upgrades ? request : mutate(request, dice));
      sent++;
      for (let i = 0; upgrades && i < PER_CONNECTION && sent < count; i++, sent++) {
        await connection.write(frame(dice));
      }
    } catch {
      // The server has ended the connection, as it should.
    }
  }
}

for (const runtime of await runtimes()) {
  Deno.test(`the program (${runtime.name}) survives ${COUNT} mutated frames and requests unchanged`, async () => {
    await using hubbub = await Hubbub.start(["--rate", "0"], runtime);
    const dice = new Dice(SEED);
    let settled: number | undefined;
    for (let sent = 0; sent < COUNT; sent += LOOK_EVERY) {
      await fuzz(hubbub.port, Math.min(LOOK_EVERY, COUNT - sent), dice);
      const health = await fetch(hubbub.url("/healthz"));
      assertEquals(await health.json(), { status: "ok" });
      const memory = residentBytes(hubbub.pid);
      if (sent >= COUNT / 10) settled ??= memory;
      assert(!(memory > (settled ?? memory) + GROWTH_BYTES), `memory grew to ${memory}`);
    }
    hubbub.signal("SIGTERM");
    assertEquals((await hubbub.status).code, 0);
    const log = await hubbub.stderr;
    const faults = log.split("\n").filter((line) => /request failed|rror: |not stored/.test(line));
    assertEquals(faults, []);
  });
}

Deno.test("the program answers every route, method and host, without a fault of its own", async () => {
  await using hubbub = await Hubbub.start();
  const routes = Object.entries(ROUTES).map(([route, methods]) => ({
    path: route.replace(/ID|NAME/g, "0".repeat(32)),
    methods,
  }));
  const requests = HOSTS.flatMap((host) =>
    routes.flatMap(({ path, methods }) =>
      methods.map((method) =>
        `${method} ${path} HTTP/1.1\r\nHost: ${host}\r\nCookie: a=b\r\nTus-Resumable: 1.0.0\r\n` +
        "Content-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"
      )
    )
  );
  const faults: string[] = [];
  await Promise.all(Array.from({ length: 20 }, async () => {
    for (let request; (request = requests.pop()) !== undefined;) {
      using connection = await RawConnection.connect(hubbub.port);
      await connection.write(request);
      const head = await connection.readHead();
      if (!/^HTTP\/1\.1 [2-4]/.test(head)) faults.push(`${request}: ${head}`);
    }
  }));
  hubbub.signal("SIGTERM");
  assertEquals(faults, []);
  assertEquals((await hubbub.stderr).match(/.*rror.*/g), null);
});
