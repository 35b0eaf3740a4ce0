/**
 * The program under load while a fault begins and ends, again and again: it continues or says 503, and
 * recovers without a restart. `HUBBUB_TEST_LONG=1` makes it half an hour of each; `HUBBUB_TEST_FAULTS=60`
 * says for how many seconds.
 */
import { delay } from "../lib/std.ts";
import { assert, assertEquals } from "../testing/assert.ts";
import { basic, ChatClient, cookieIn, login } from "../testing/chat_client.ts";
import { noDisk } from "../testing/disk.ts";
import {
  eventually,
  fakeClockLibrary,
  type Fault,
  folderAway,
  fullDisk,
  stuckLog,
  wrongClock,
} from "../testing/faults.ts";
import { Hubbub } from "../testing/hubbub.ts";
import { residentBytes } from "../testing/proc.ts";
import { pick } from "../testing/random.ts";
import { TestCrowd } from "../testing/test_crowd.ts";
import { checkStored } from "../testing/check_stored.ts";
import { exportAll } from "../testing/torture.ts";

const LONG = Deno.env.get("HUBBUB_TEST_LONG") === "1";
/** The time for which each fault comes and goes, in seconds. */
const SECONDS = Number(Deno.env.get("HUBBUB_TEST_FAULTS") ?? (LONG ? 1800 : 1));
/** The time before the first fault, in seconds: a server trusts its clock after an hour. */
const BEFORE_SECONDS = Number(Deno.env.get("HUBBUB_TEST_FAULTS_AFTER") ?? 0);
/** A fault begins once in so many seconds, and lasts for half of them. */
const CYCLE_SECONDS = 150;

const PEOPLE = 8;
const ROOMS = ["red", "green", "blue"];
/** Messages a second, of all together. */
const RATE = 75;
/** A person with so many messages that are not acknowledged waits before sending more. */
const MOST_UNCONFIRMED = 16;
/** Clients send what was refused again after so long, in ms. */
const RETRY_MS = 500;
/** Between two cuts of somebody's connection, in ms. */
const CUT_MS = 1000;
/** The time in which the server must have recovered after a fault, in ms. */
const RECOVERY_MS = 60_000;
/** The time in which all must agree after a fault, in ms: long, since only a failure waits for it. */
const PATIENCE_MS = 120_000;
/** The server's memory may grow by this: SQLite's cache, compiled code and V8's heap, in bytes. */
const GROWTH_BYTES = 160 << 20;

/** People and messages of long ago. Nobody has used the names for 80 days, the messages are 20 days old. */
class Past {
  static readonly #room = "past";
  static readonly #messages = 100;
  readonly #guest: string;

  private constructor(guest: string) {
    this.#guest = guest;
  }

  static async make({ flags, runtime, setClock }: Fault): Promise<Past> {
    await setClock?.(-80);
    await using hubbub = await Hubbub.start([...flags], runtime);
    const guest = cookieIn(await login(hubbub, { name: "absent" }));
    assertEquals((await login(hubbub, { name: "keeper", secret: "secret" })).status, 204);
    if (setClock) {
      await setClock(-20);
      // Longer than a server takes to notice.
      await delay(2000);
    }
    await using ann = await ChatClient.enter(hubbub.port, [Past.#room]);
    for (let i = 1; i <= Past.#messages; i++) await ann.say(`${i}`, Past.#room, `m${i}`);
    hubbub.signal("SIGTERM");
    assertEquals((await hubbub.status).code, 0);
    await setClock?.(0);
    return new Past(guest);
  }

  /** Nobody else gets a name, also while the clock is wrong. Does not use the names. */
  async checkNames(hubbub: Hubbub): Promise<void> {
    assertEquals((await login(hubbub, { name: "absent" })).status, 409);
    assertEquals((await login(hubbub, { name: "keeper", secret: "guess" })).status, 401);
  }

  /** The owners enter as before, and the messages are there. */
  async checkAll(hubbub: Hubbub): Promise<void> {
    await this.checkNames(hubbub);
    await using absent = await ChatClient.open(hubbub.port, { cookie: this.#guest });
    await using keeper = await ChatClient.open(hubbub.port, basic("keeper:secret"));
    assertEquals([absent.user.name, keeper.user.name], ["absent", "keeper"]);
    const { messages } = await absent.join(Past.#room, 0);
    assertEquals(messages.map(({ text }) => Number(text)), seqs(Past.#messages));
  }

  /** An archive without the past. */
  static without(archive: string): string {
    return archive.split("\n").filter((line) => !line.includes(`"room":"${Past.#room}"`)).join(
      "\n",
    );
  }
}

function seqs(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i + 1);
}

/** Says something at a steady rate while somebody is cut off now and then. Disposing ends it. */
function load(crowd: TestCrowd): Disposable & { cuts: number } {
  const { random } = Math;
  const talk = setInterval(() => {
    const person = pick(random, crowd.clients);
    if (person.unconfirmed.size < MOST_UNCONFIRMED) {
      person.send(pick(random, ROOMS), "x".repeat(200 * random()) + "!");
    }
  }, 1000 / RATE);
  const running = {
    cuts: 0,
    [Symbol.dispose]() {
      clearInterval(talk);
      clearInterval(cut);
    },
  };
  const cut = setInterval(() => {
    pick(random, crowd.clients).disconnect();
    running.cuts++;
  }, CUT_MS);
  return running;
}

function acknowledged(crowd: TestCrowd): number {
  return crowd.clients.reduce(
    (sum, { sent, unconfirmed }) => sum + sent.size - unconfirmed.size,
    0,
  );
}

/** Lets a fault begin and end for a time. Returns what was seen of it. */
async function endure(fault: Fault): Promise<string> {
  const past = await Past.make(fault);
  await using hubbub = await Hubbub.start([...fault.flags], fault.runtime);
  await using crowd = new TestCrowd({
    ...{ size: PEOPLE, rooms: ROOMS, random: Math.random, retryMs: RETRY_MS },
    port: () => hubbub.port,
  });
  await crowd.connect();
  let cuts = 0;
  let faults = 0;
  let recovery = 0;
  const half = Math.min(CYCLE_SECONDS, SECONDS) * 500;
  const lasting = fault.lasts ? SECONDS * 1000 : half;
  const { pid } = hubbub;
  const memory = { before: 0, most: 0 };
  {
    using running = load(crowd);
    await crowd.unbroken(delay(BEFORE_SECONDS * 1000 + half));
    memory.before = residentBytes(pid);
    const end = performance.now() + SECONDS * 1000;
    do {
      await crowd.unbroken(fault.begin(hubbub));
      faults++;
      const before = acknowledged(crowd);
      await crowd.unbroken(during(hubbub, { fault, past, ms: lasting, memory }));
      if (fault.serves) assert(acknowledged(crowd) > before, "nothing was acknowledged");
      await crowd.unbroken(fault.end(hubbub));
      const over = performance.now();
      await crowd.unbroken(eventually(async () => await hubbub.health() === 200));
      recovery = Math.max(recovery, performance.now() - over);
      await crowd.caughtUp(PATIENCE_MS);
      await past.checkNames(hubbub);
      memory.most = Math.max(memory.most, residentBytes(pid));
      if (performance.now() < end) await crowd.unbroken(delay(half));
    } while (performance.now() < end);
    cuts = running.cuts;
  }
  await crowd.until(() => crowd.agreed, PATIENCE_MS);
  await crowd.add("late").connect();
  await crowd.until(() => crowd.agreed, PATIENCE_MS);
  await past.checkAll(hubbub);
  assertEquals(await hubbub.health(), 200);
  const after = residentBytes(pid);
  hubbub.signal("SIGTERM");
  assertEquals((await hubbub.status).code, 0);
  const { messages } = checkStored(crowd, Past.without(await exportAll(["--data", dataOf(fault)])));

  assert(recovery < RECOVERY_MS, `recovered after ${recovery} ms`);
  assert(memory.most - memory.before < GROWTH_BYTES, Deno.inspect(memory));
  const mb = (bytes: number) => Math.round(bytes / 1e6);
  return `${faults} times, ${messages} messages, ${cuts} cuts, ${crowd.connections} connections, ` +
    `healthy ${Math.round(recovery)} ms after the fault at the latest, memory ` +
    `${mb(memory.before)} MB before, ${mb(memory.most)} at most, ${mb(after)} at the end`;
}

/** Between two looks at a server during a fault, in ms. */
const LOOK_MS = 5000;
/** One look of so many tries to get others' names: a wrong guess costs ten seconds of an address's budget. */
const LOOKS_PER_TRY = 6;

/** Looks at a server during a fault. */
async function during(
  hubbub: Hubbub,
  { fault, past, ms, memory }: {
    fault: Fault;
    past: Past;
    ms: number;
    memory: { most: number };
  },
): Promise<void> {
  const end = performance.now() + ms;
  for (let look = 0; performance.now() < end; look++) {
    await delay(Math.min(ms, LOOK_MS));
    memory.most = Math.max(memory.most, residentBytes(hubbub.pid));
    assertEquals(await hubbub.health(), fault.serves ? 200 : 503);
    if (fault.serves && look % LOOKS_PER_TRY === 0) await past.checkNames(hubbub);
  }
}

function dataOf({ flags }: Fault): string {
  return flags[flags.indexOf("--data") + 1] ?? "";
}

interface Case {
  readonly name: string;
  readonly ignore?: boolean;
  start(): Promise<Fault>;
}

const CASES: readonly Case[] = [
  { name: "its data folder is away", start: folderAway },
  { name: "its disk is full", ignore: noDisk, start: () => fullDisk(LONG ? "512m" : "16m") },
  // A short one is in stuck_log_test.ts.
  { name: "nobody reads its log", ignore: !LONG, start: stuckLog },
  {
    name: "its clock is 91 days ahead",
    // Not among what all tests need.
    ignore: fakeClockLibrary === undefined,
    start: wrongClock,
  },
];

for (const { name, ignore = false, start } of CASES) {
  Deno.test({
    name: `the program keeps all it acknowledged, and every name, while ${name} for a time`,
    ignore,
    async fn(t) {
      await using fault = await start();
      const seen = await endure(fault);
      await t.step(seen, () => {});
    },
  });
}
