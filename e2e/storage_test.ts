/** Checks a server whose data can't be written or read. */
import { assert, assertEquals, assertMatch } from "../testing/assert.ts";
import { basic, ChatClient, cookieIn, login, post, upgrade } from "../testing/chat_client.ts";
import { TestCrowd } from "../testing/test_crowd.ts";
import { noDisk, smallDisk } from "../testing/disk.ts";
import { anyRuntime } from "../testing/executable.ts";
import { temporaryFolder } from "../testing/folder.ts";
import { Hubbub, runHubbub, type Runtime } from "../testing/hubbub.ts";
import { TestSocket } from "../testing/sockets.ts";

const PEOPLE = 5;
const TEXT = "x".repeat(2000);

for (const runtime of await anyRuntime()) {
  Deno.test({
    name:
      `the program (${runtime.name}) answers storage on a full disk, drops nobody, and loses nothing it confirmed`,
    ignore: noDisk,
    async fn() {
      await using disk = await smallDisk("2m");
      const flags = ["--data", `${disk.path}/chat.db`];
      let port = 0;
      await using crowd = new TestCrowd({
        ...{ size: PEOPLE, rooms: ["lobby"], random: Math.random },
        port: () => port,
      });
      {
        await using hubbub = await Hubbub.start(flags, runtime);
        port = hubbub.port;
        await crowd.connect();
        for (let round = 0; round < 2; round++) {
          crowd.send("There is room");
          await crowd.until(() => crowd.agreed);
          await disk.fill();
          do {
            crowd.send(TEXT);
            await crowd.until(() => crowd.settled);
          } while (!crowd.refused);
          assertEquals(await health(hubbub), 503);
          {
            await using reader = await TestSocket.open(hubbub.port, "/ws?history=1");
            assertMatch((await reader.received(1))[0] ?? "", /^person \d: /);
          }
          crowd.resend();
          await crowd.until(() => crowd.settled);

          if (round === 0) await disk.free();
          else await disk.remount("size=8m");
          // Nobody sends: the server finds out without that.
          while (await health(hubbub) !== 200);
          crowd.resend();
          await crowd.until(() => crowd.agreed);
        }
        assertEquals(crowd.clients.map(({ connections }) => connections), Array(PEOPLE).fill(1));
        hubbub.signal("SIGTERM");
        assertEquals((await hubbub.status).code, 0);
        const failures = (await hubbub.stderr).match(/.*rror.*/g) ?? [];
        assertEquals(failures.length, 2);
        for (const line of failures) assertMatch(line, /"event":"messages can't be stored",.*full/);
      }
      await using hubbub = await Hubbub.start(flags, runtime);
      port = hubbub.port;
      await crowd.add("late").connect();
      await crowd.until(() => crowd.agreed);
      assertEquals(crowd.checker.size("lobby"), crowd.sent.length);
    },
  });

  Deno.test({
    name: `the program (${runtime.name}) answers 503 to a login on a full disk, and lets guests in`,
    ignore: noDisk,
    async fn() {
      await using disk = await smallDisk("1m");
      await using hubbub = await Hubbub.start(["--data", `${disk.path}/chat.db`], runtime);
      const { port } = hubbub;
      const ann = { cookie: cookieIn(await login(hubbub, { name: "ann" })) };
      await using inside = await ChatClient.open(port, ann);
      await disk.fill();
      // The spare space in SQLite's files is used up first.
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
      assertMatch(refused.text, /Cannot read or store names and sessions at the moment: try again/);
      check(await post(hubbub, "/logout", { headers: ann }));
      check(await upgrade(port, basic("robot:secret")));
      assertEquals((await inside.refused({ type: "name", name: "bob" })).code, "storage");
      assertEquals((await upgrade(port)).status, 101);
      assertEquals((await upgrade(port, ann)).status, 101);
      assertEquals((await upgrade(port, basic("robot:"))).status, 101);

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

  Deno.test(`the program (${runtime.name}) names data in use by another server in one line, exit 1`, async () => {
    await using folder = await temporaryFolder();
    const flags = ["--data", `${folder.path}/chat.db`];
    await using _first = await Hubbub.start(flags, runtime);
    assertMatch(await refusal(flags, runtime), /^Cannot open .*chat\.db: it is in use/);
  });

  Deno.test({
    name:
      `the program (${runtime.name}) names a disk that is read-only or full in one line, exit 1`,
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
