import { RawSocket } from "../testing/raw_socket.ts";
import { assert, assertEquals, assertMatch } from "../testing/assert.ts";
import { basic, ChatClient, cookieIn } from "../testing/chat_client.ts";
import { anyRuntime } from "../testing/executable.ts";
import { temporaryFolder } from "../testing/folder.ts";
import { Hubbub, runHubbub } from "../testing/hubbub.ts";
import { TestSocket } from "../testing/sockets.ts";

const decoder = new TextDecoder();

for (const runtime of await anyRuntime()) {
  const run = (...args: string[]) => runHubbub(args, { runtime });

  Deno.test(`hubbub backup (${runtime.name}) under load has everything that was acknowledged before`, async () => {
    await using folder = await temporaryFolder();
    const [data, copy] = [`${folder.path}/chat.db`, `${folder.path}/copy.db`];
    const acknowledged: string[] = [];
    let before: string[] = [];
    {
      await using hubbub = await Hubbub.start(["--data", data], runtime);
      using ann = await RawSocket.connect({ port: hubbub.port, path: "/ws?name=ann" });
      const busy = Promise.withResolvers<void>();
      let sent = 0;
      void ann.receive((bytes, from, to) => {
        for (const line of decoder.decode(bytes.subarray(from, to - 1)).split("\n")) {
          acknowledged.push(line.replace("ann: ", ""));
          ann.send(`message ${sent++}`);
        }
        if (acknowledged.length > 2000) busy.resolve();
      });
      for (let i = 0; i < 20; i++) ann.send(`first ${i}`);
      await busy.promise;
      before = [...acknowledged];
      const { code, stdout, stderr } = await run("backup", "--data", data, copy);
      assertEquals([code, stdout, stderr], [0, "", ""]);
      assert(acknowledged.length > before.length, "nobody wrote meanwhile");
    }
    assertEquals((await Deno.stat(copy)).mode, 0o100600);

    await using restored = await Hubbub.start(["--data", copy], runtime);
    await using bob = await ChatClient.open(restored.port);
    const kept: string[] = [];
    await bob.join("lobby");
    for (let after = 0, more = true; more;) {
      bob.send({ type: "history", room: "lobby", after, limit: 200 });
      const page = await bob.take("history");
      assertEquals(page.messages.map(({ seq }) => seq), page.messages.map((_, i) => after + 1 + i));
      for (const { text } of page.messages) kept.push(text);
      after += page.messages.length;
      more = page.more;
    }
    assertEquals(kept.slice(0, before.length), before);
    // It is a server's data like any other.
    await using carl = await TestSocket.open(restored.port);
    carl.send("on");
    assertEquals(await carl.received(1), ["on"]);
  });

  Deno.test(`hubbub backup (${runtime.name}) overwrites nothing, and says in one line what is wrong`, async () => {
    await using folder = await temporaryFolder();
    const { path } = folder;
    await folder.write("other.txt", "precious");
    await folder.write("empty.db", "");
    {
      await using _hubbub = await Hubbub.start(["--data", `${path}/chat.db`], runtime);
    }
    const cases: [args: string[], code: number, says: RegExp][] = [
      [["backup", "--data", `${path}/chat.db`, `${path}/other.txt`], 1, /there is such a file/],
      [["backup", "--data", `${path}/chat.db`, `${path}/none/x`], 1, /Cannot back up .*none/],
      [["backup", "--data", `${path}/none.db`, `${path}/x`], 1, /there is no such file/],
      [["backup", "--data", `${path}/other.txt`, `${path}/x`], 1, /it is not a database/],
      [["backup", "--data", ":memory:", `${path}/x`], 1, /it keeps nothing/],
      [["backup"], 2, /takes one FILE/],
      [["backup", "a", "b"], 2, /takes one FILE, received "a b"/],
      [["backup", "--port", "1", "a"], 2, /--port is for the server only/],
      [["export", "a"], 2, /takes no argument/],
      [["import"], 2, /takes one FILE/],
      [["import", "--data", `${path}/new.db`, `${path}/none`], 1, /Cannot import: .*none/],
      [
        ["import", "--data", `${path}/new.db`, `${path}/other.txt`],
        1,
        /line 1: it is not an object of JSON/,
      ],
      [["restore"], 2, /takes one FILE/],
      [["restore", "--data", `${path}/x.db`, `${path}/other.txt`], 1, /it is not a database/],
    ];
    for (const [args, code, says] of cases) {
      const output = await run(...args);
      assertEquals([output.code, output.stdout], [code, ""], output.stderr);
      assertMatch(output.stderr, says);
      assertEquals(output.stderr.trimEnd().split("\n").length, 1, output.stderr);
    }
    assertEquals(await Deno.readTextFile(`${path}/other.txt`), "precious");
  });

  Deno.test(`hubbub export and import (${runtime.name}) move people, secrets, sessions, rooms and seq`, async () => {
    await using folder = await temporaryFolder();
    const [data, moved] = [`${folder.path}/chat.db`, `${folder.path}/moved.db`];
    const ann = basic("ann:open sesame");
    const text = 'tab\there, "quotes", \\ and 🦊\nnext line';
    let cookie: string;
    let printed: string;
    {
      await using hubbub = await Hubbub.start(["--data", data], runtime);
      cookie = await login(hubbub, "bob");
      await using client = await ChatClient.enter(hubbub.port, ["lobby", "other"], ann);
      for (const room of ["lobby", "lobby", "other"]) await client.say(text, room);
      const output = await run("export", "--data", data);
      assertEquals([output.code, output.stderr], [0, ""]);
      printed = output.stdout;
      // The data belongs to a server.
      assertEquals((await run("import", "--data", data, data)).code, 1);
    }
    assert(!printed.includes("open sesame"));
    await folder.write("export.jsonl", printed);
    const import_ = ["import", "--data", moved, `${folder.path}/export.jsonl`];
    assertEquals(await run(...import_), { code: 0, stdout: "", stderr: "" });
    assertEquals((await run("export", "--data", moved)).stdout, printed);
    assertMatch((await run(...import_)).stderr, /has people or messages already\n$/);

    await using hubbub = await Hubbub.start(["--data", moved], runtime);
    await using bob = await ChatClient.enter(hubbub.port, ["other"], { cookie });
    assertEquals(bob.user.name, "bob");
    await using client = await ChatClient.open(hubbub.port, ann);
    const joined = await client.join("lobby");
    assertEquals(joined.messages.map(({ seq, text }) => ({ seq, text })), [
      { seq: 1, text },
      { seq: 2, text },
    ]);
    assertEquals(joined.messages[0]?.user, client.user);
    assertEquals((await client.say("on")).seq, 3);
  });

  Deno.test(`hubbub import (${runtime.name}) refuses an export that was cut or changed as a whole`, async () => {
    await using folder = await temporaryFolder();
    const [data, moved] = [`${folder.path}/chat.db`, `${folder.path}/moved.db`];
    {
      await using hubbub = await Hubbub.start(["--data", data], runtime);
      await login(hubbub, "ann");
      await using client = await TestSocket.open(hubbub.port);
      for (let i = 0; i < 5; i++) client.send(`message ${i}`);
      await client.received(5);
    }
    const lines = (await run("export", "--data", data)).stdout.trimEnd().split("\n");
    const message = lines.find((line) => line.includes('"message"')) ?? "";
    const cases: [what: string, lines: string[], says: RegExp][] = [
      ["cut between lines", lines.slice(0, -1), /its end is missing/],
      ["cut in a line", [...lines.slice(0, 4), "{"], /line 5: it is not an object of JSON/],
      ["a message less", lines.filter((line) => line !== message), /missing or not in its place/],
      ["a person less", lines.filter((line) => !line.includes('"person"')), /are missing/],
      [
        "a message twice",
        lines.flatMap((line) => line === message ? [line, line] : [line]),
        /place/,
      ],
      ["no beginning", lines.slice(1), /line 1: no export begins like this/],
      ["two ends", [...lines, lines.at(-1) ?? ""], /follows the end/],
      ["a later format", lines.map((line) => line.replace('"format":1', '"format":3')), /version/],
    ];
    for (const [what, changed, says] of cases) {
      await folder.write("changed.jsonl", changed.join("\n"));
      const { code, stderr } = await run("import", "--data", moved, `${folder.path}/changed.jsonl`);
      assertEquals(code, 1, what);
      assertMatch(stderr, says, what);
    }
    // None of them left anything.
    await folder.write("whole.jsonl", lines.join("\n"));
    const whole = await run("import", "--data", moved, `${folder.path}/whole.jsonl`);
    assertEquals(whole, { code: 0, stdout: "", stderr: "" });
  });
}

/** The session cookie of a new person. */
async function login(hubbub: Hubbub, name: string): Promise<string> {
  const answer = await fetch(hubbub.url("/login"), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ name }),
  });
  assertEquals(answer.status, 204);
  return cookieIn(answer);
}
