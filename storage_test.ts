/** What a server does when its data can't be written, or can't be had at all. */
import { assert, assertEquals, assertMatch } from "./testing/assert.ts";
import { basic, ChatClient, cookieIn, knock, login, post } from "./testing/chat.ts";
import { noDisk, smallDisk } from "./testing/disk.ts";
import { runtimes } from "./testing/executable.ts";
import { temporaryFolder } from "./testing/folder.ts";
import { Hubbub, runHubbub, type Runtime } from "./testing/hubbub.ts";
import { Person } from "./testing/person.ts";
import { TestSocket, Watch } from "./testing/sockets.ts";
import { Ledger } from "./testing/witness.ts";

const PEOPLE = 5;
const TEXT = "x".repeat(2000);

for (const runtime of await runtimes()) {
  Deno.test({
    name: `Full disk (${runtime.name}): storage errors, nobody is dropped, nothing told is lost`,
    ignore: noDisk,
    async fn() {
      await using disk = await smallDisk("2m");
      const flags = ["--data", `${disk.path}/chat.db`];
      await using crowd = new Crowd(PEOPLE);
      {
        await using hubbub = await Hubbub.start(flags, runtime);
        crowd.port = hubbub.port;
        await crowd.enter();
        for (let round = 0; round < 2; round++) {
          crowd.say("There is room");
          await crowd.until(() => crowd.agreed);
          await disk.fill();
          do {
            crowd.say(TEXT);
            await crowd.until(() => crowd.answered);
          } while (!crowd.refused);
          assertEquals(await health(hubbub), 503);
          {
            await using reader = await TestSocket.open(hubbub.port, "/ws?history=1");
            assertMatch((await reader.received(1))[0] ?? "", /^person \d: /);
          }
          crowd.sayAgain();
          await crowd.until(() => crowd.answered);

          if (round === 0) await disk.free();
          else await disk.remount("size=8m");
          // Nobody sends: it finds out by itself.
          while (await health(hubbub) !== 200);
          crowd.sayAgain();
          await crowd.until(() => crowd.agreed);
        }
        assertEquals(crowd.people.map(({ connections }) => connections), Array(PEOPLE).fill(1));
        hubbub.signal("SIGTERM");
        assertEquals((await hubbub.status).code, 0);
        const failures = (await hubbub.stderr).match(/.*rror.*/g) ?? [];
        assertEquals(failures.length, 2);
        for (const line of failures) assertMatch(line, /"event":"log failed",.*full/);
      }
      await using hubbub = await Hubbub.start(flags, runtime);
      crowd.port = hubbub.port;
      await crowd.add("late").enter();
      await crowd.until(() => crowd.agreed);
      const said = crowd.people.reduce((sum, person) => sum + person.said.size, 0);
      assertEquals(crowd.ledger.size("lobby"), said);
    },
  });

  Deno.test({
    name: `Full disk (${runtime.name}): who can't be stored is told 503, guests come in`,
    ignore: noDisk,
    async fn() {
      await using disk = await smallDisk("1m");
      await using hubbub = await Hubbub.start(["--data", `${disk.path}/chat.db`], runtime);
      const { port } = hubbub;
      const ann = { cookie: cookieIn(await login(hubbub, { name: "ann" })) };
      await using inside = await ChatClient.open(port, ann);
      await disk.fill();
      // What SQLite's files have to spare is used up first.
      let next = 0;
      const check = ({ status, headers }: { status: number; headers: Headers }) => {
        assertEquals(status, 503);
        assertMatch(headers.get("retry-after") ?? "", /^\d+$/);
        assertEquals(headers.get("set-cookie"), null);
      };
      let refused = await login(hubbub, { name: "name 0" });
      while (refused.status === 204) {
        refused = await login(hubbub, { name: `name ${next++}` });
        assert(next < 1000);
      }
      check(refused);
      assertMatch(refused.text, /can't be stored now; try again/);
      check(await post(hubbub, "/logout", { headers: ann }));
      check(await knock(port, basic("robot:secret")));
      assertEquals((await inside.refused({ type: "name", name: "bob" })).code, "storage");
      assertEquals((await knock(port)).status, 101);
      assertEquals((await knock(port, ann)).status, 101);
      assertEquals((await knock(port, basic("robot:"))).status, 101);

      await disk.free();
      assertEquals((await login(hubbub, { name: `name ${next}` })).status, 204);
      assertEquals((await post(hubbub, "/logout", { headers: ann })).status, 204);
      assertEquals(await inside.closed, { code: 1000, reason: "Logged out" });
      hubbub.signal("SIGTERM");
      const log = await hubbub.stderr;
      assert(!log.includes("request failed"), log);
      assertMatch(log, /"event":"people not stored",.*full/);
    },
  });

  Deno.test(`Data (${runtime.name}): in use by another server: one line, exit 1`, async () => {
    await using folder = await temporaryFolder();
    const flags = ["--data", `${folder.path}/chat.db`];
    await using _first = await Hubbub.start(flags, runtime);
    assertMatch(await refusal(flags, runtime), /^Cannot open .*chat\.db: it is in use/);
  });

  Deno.test({
    name: `Data (${runtime.name}): on a disk that is read-only or full: one line, exit 1`,
    ignore: noDisk,
    async fn() {
      await using disk = await smallDisk("2m");
      const data = (name: string) => ["--data", `${disk.path}/${name}.db`];
      {
        await using hubbub = await Hubbub.start(data("old"), runtime);
        hubbub.signal("SIGTERM");
        await hubbub.status;
      }
      await disk.remount("ro");
      for (const name of ["old", "new"]) {
        assertMatch(await refusal(data(name), runtime), /^Cannot open .*\.db: .*not writable/);
      }
      await disk.remount("rw");
      await disk.fill();
      for (const name of ["old", "new"]) {
        assertMatch(await refusal(data(name), runtime), /^Cannot open .*\.db: .*full/);
      }
    },
  });
}

/** Some people in one room. */
class Crowd implements AsyncDisposable {
  readonly people: Person[] = [];
  readonly ledger = new Ledger();
  port = 0;
  readonly #watch = new Watch();
  readonly #failure = Promise.withResolvers<never>();

  constructor(size: number) {
    this.#failure.promise.catch(() => {});
    for (let i = 0; i < size; i++) this.add(`person ${i}`);
  }

  add(name: string): Person {
    const person = new Person({
      name,
      rooms: ["lobby"],
      ledger: this.ledger,
      random: Math.random,
      port: () => this.port,
      onLines: () => this.#watch.check(),
      onFailure: this.#failure.reject,
    });
    this.people.push(person);
    return person;
  }

  async enter(): Promise<void> {
    await Promise.all(this.people.map((person) => person.enter()));
    await this.until(() => this.people.every(({ views }) => views.get("lobby")?.inside));
  }

  say(text: string): void {
    for (const person of this.people) person.say("lobby", text);
  }

  sayAgain(): void {
    for (const person of this.people) person.sayAgain();
  }

  /** Whether everybody knows of every message what became of it. */
  get answered(): boolean {
    return this.people.every(({ unreturned, refused }) => unreturned.size === refused.size);
  }

  /** Whether everybody has had a message refused. */
  get refused(): boolean {
    return this.people.every(({ refused }) => refused.size > 0);
  }

  /** Whether all is stored, and seen by all. */
  get agreed(): boolean {
    return this.people.every(({ unreturned, views }) =>
      unreturned.size === 0 && views.get("lobby")?.seen === this.ledger.size("lobby")
    );
  }

  async until(condition: () => boolean): Promise<void> {
    await Promise.race([this.#watch.until(condition), this.#failure.promise]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.people.map((person) => person.leave()));
  }
}

async function health(hubbub: Hubbub): Promise<number> {
  const response = await fetch(hubbub.url("/healthz"));
  await response.body?.cancel();
  return response.status;
}

/** The line with which a server refuses to start. */
async function refusal(flags: string[], runtime: Runtime): Promise<string> {
  const args = ["--host", "127.0.0.1", "--port", "0", ...flags];
  const { code, stdout, stderr } = await runHubbub(args, { runtime });
  assertEquals([code, stdout, stderr.trimEnd().split("\n").length], [1, "", 1], stderr);
  return stderr;
}
