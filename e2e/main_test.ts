import { RawSocket } from "../testing/raw_socket.ts";
import config from "../deno.json" with { type: "json" };
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../testing/assert.ts";
import { compiled, runtimes } from "../testing/executable.ts";
import { temporaryFolder } from "../testing/folder.ts";
import { Hubbub, runHubbub } from "../testing/hubbub.ts";
import { TestSocket } from "../testing/sockets.ts";

for (const runtime of await runtimes()) {
  Deno.test(`the program (${runtime.name}) refuses bad flags with one line and exit 2`, async (t) => {
    const cases: [args: string[], env: Record<string, string>, says: RegExp][] = [
      [["--nonsense"], {}, /--nonsense.*--help/],
      [["--port", "70000"], {}, /--port takes a whole number from 0 to 65535, received "70000"/],
      [["--port"], {}, /--port takes .* received ""/],
      [["--max-message", "0"], {}, /--max-message takes .* from 1 to 65536/],
      [["--write-wait", "soon"], {}, /--write-wait takes seconds from 0\.1 to 600/],
      [["--origin", "chat.example"], {}, /--origin takes an origin such as/],
      [["--log", "loud"], {}, /--log takes text, json or off/],
      [["start"], {}, /unknown argument "start"/],
      [["--nats", "http://ann:precious@127.0.0.1"], {}, /--nats takes addresses such as [^@]*$/],
      [["--nats-replicas", "6", "--nats", "n"], {}, /--nats-replicas takes .* from 1 to 5/],
      [
        ["--nats", "n", "--sync", "normal"],
        {},
        /--sync is for data in a file, but --nats puts the data into NATS/,
      ],
      [["--sync", "full"], { HUBBUB_NATS: "n" }, /--sync is for .*, but HUBBUB_NATS puts/],
      [["export", "--nats", "n", "--data", "x.db"], {}, /--data is for data in a file/],
      [["--nats", "n", "--sync", "full"], {}, /--sync is for data in a file/],
      [["--nats-creds", "x"], {}, /--nats-creds requires --nats/],
      [["export"], { HUBBUB_NATS_REPLICAS: "3" }, /HUBBUB_NATS_REPLICAS requires --nats/],
      [[], { HUBBUB_IDLE_TIMEOUT: "1" }, /HUBBUB_IDLE_TIMEOUT takes seconds from 2 to 3600/],
    ];
    for (const [args, env, says] of cases) {
      await t.step(says.source, async () => {
        const { code, stdout, stderr } = await runHubbub(args, { env, runtime });
        assertEquals([code, stdout], [2, ""]);
        assertMatch(stderr, says);
        assertEquals(stderr.trimEnd().split("\n").length, 1, stderr);
      });
    }
  });

  Deno.test(`the program (${runtime.name}) prints its version and help, and exits with 0`, async () => {
    const version = await runHubbub(["-V"], { runtime });
    assertEquals(version, { code: 0, stdout: `Hubbub ${config.version}\n`, stderr: "" });
    const help = await runHubbub(["--help"], { runtime });
    assertEquals([help.code, help.stderr], [0, ""]);
    assertStringIncludes(help.stdout, "--port");
  });

  Deno.test(`the program (${runtime.name}) prefers a flag to its variable`, async () => {
    const env = { HUBBUB_PORT: "nonsense", HUBBUB_LOG: "off", HUBBUB_MAX_CLIENTS: "0" };
    const { code, stderr } = await runHubbub(["--port", "0"], { env, runtime });
    assertEquals(code, 2);
    assertStringIncludes(stderr, "HUBBUB_MAX_CLIENTS");
  });

  Deno.test(`the program (${runtime.name}) names a port in use in one line, exit 1`, async () => {
    await using hubbub = await Hubbub.start([], runtime);
    const args = ["--host", "127.0.0.1", "--port", String(hubbub.port)];
    const { code, stdout, stderr } = await runHubbub(args, { runtime });
    assertEquals([code, stdout], [1, ""]);
    assertMatch(stderr, /^Cannot listen on .*in use.*--port\n$/);
  });

  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    Deno.test(`the program (${runtime.name}) closes every client with 1001 on ${signal} under load, exit 0`, async () => {
      await using hubbub = await Hubbub.start([], runtime);
      const clients = await Promise.all(
        Array.from({ length: 50 }, () => RawSocket.connect({ port: hubbub.port, path: "/ws" })),
      );
      let busy = true;
      let delivered = 0;
      const underLoad = Promise.withResolvers<void>();
      const ends = clients.map((client) =>
        client.receive((_bytes, from, to) => {
          if (busy) client.send("x".repeat(50));
          delivered += to - from;
          if (delivered > 10_000_000) underLoad.resolve();
        })
      );
      for (const client of clients.slice(0, 5)) client.send("first");
      await underLoad.promise;

      hubbub.signal(signal);
      const codes = (await Promise.all(ends)).map(({ code }) => code);
      busy = false;
      assertEquals(codes, clients.map(() => 1001));
      assertEquals((await hubbub.status).code, 0);
    });
  }

  Deno.test(`the program (${runtime.name}) drains: health reports it, nobody can join, queued messages are sent`, async () => {
    await using hubbub = await Hubbub.start([], runtime);
    await using client = await TestSocket.open(hubbub.port);
    for (let i = 0; i < 100; i++) client.send(`line ${i}`);
    await client.received(1);
    hubbub.signal("SIGTERM");
    assertEquals((await client.closed).code, 1001);
    assertEquals(client.lines, Array.from({ length: client.lines.length }, (_, i) => `line ${i}`));
    assertEquals((await hubbub.status).code, 0);
  });

  Deno.test(`the program (${runtime.name}) ends at once on a second signal`, async () => {
    await using hubbub = await Hubbub.start([], runtime);
    using stuck = await RawSocket.connect({ port: hubbub.port, path: "/ws" });
    assert(stuck !== undefined);
    hubbub.signal("SIGTERM");
    // Nobody answers the close frame, so the drain lasts until its deadline.
    while ((await fetch(hubbub.url("/healthz")).then((r) => r.json())).status !== "draining");
    // Two that follow each other at once count as one.
    const again = setInterval(() => {
      try {
        hubbub.signal("SIGTERM");
      } catch {
        // It has ended, which is not known here yet.
      }
    }, 200);
    // A drain that lasts until its deadline is a success.
    assert(!(await hubbub.status).success);
    clearInterval(again);
  });
}

const executable = await compiled();

Deno.test({
  name: "the executable serves page and chat alone in an empty folder with nothing on the PATH",
  ignore: executable === undefined,
  async fn() {
    assert(executable !== undefined);
    await using folder = await temporaryFolder();
    await Deno.copyFile(executable, `${folder.path}/hubbub`);
    await using hubbub = await Hubbub.start([], {
      name: "alone",
      command: [`${folder.path}/hubbub`],
      cwd: folder.path,
    });
    const page = await (await fetch(hubbub.url())).text();
    const script = /src="\.?(\/?page-\w+\.js)"/.exec(page)?.[1];
    assert(script !== undefined, page);
    const answer = await fetch(hubbub.url(`/${script.replace("/", "")}`));
    assertEquals(answer.status, 200);
    await answer.body?.cancel();
    await using ann = await TestSocket.open(hubbub.port, "/ws?name=ann");
    ann.send("hello");
    assertEquals(await ann.received(1), ["ann: hello"]);
  },
});
