import { fileURLToPath } from "node:url";
import { assertEquals } from "../testing/assert.ts";
import { range } from "../testing/chat_client.ts";
import { CuttableProxy } from "../testing/cuttable_proxy.ts";
import { temporaryFolder } from "../testing/folder.ts";
import { Hubbub, ROOT } from "../testing/hubbub.ts";
import { RunningProgram } from "../testing/running_program.ts";
import { TestSocket } from "../testing/sockets.ts";
import { missing, onPath } from "../testing/strict.ts";

const noNpm = missing("npm", { found: onPath("npm") !== undefined, get: "apt-get install npm" });

/** The address of the WebSocket behind the proxy. */
function addressOf(proxy: CuttableProxy): string {
  return proxy.url.replace("nats:", "ws:") + "/ws";
}

Deno.test("examples/bot.ts answers each question once, also those asked while it was cut off", async () => {
  await using hubbub = await Hubbub.start();
  await using proxy = new CuttableProxy(hubbub.port);
  await using ann = await TestSocket.open(hubbub.port, "/ws?room=garden&name=ann");
  const count = (text: string) => ann.lines.filter((line) => line === text).length;
  ann.send("!ping");
  await ann.until(() => count("ann: !ping") === 1);
  await using bot = new RunningProgram({
    command: [Deno.execPath(), "run", "--quiet", "--allow-net", "--allow-env"]
      .concat("examples/bot.ts", addressOf(proxy), "garden"),
    cwd: ROOT,
  });
  // The bot ignores messages sent before it first joined.
  await using bystander = await TestSocket.open(hubbub.port, "/ws", "hubbub.v1");
  bystander.send('{"type":"join","room":"garden"}');
  const sees = (type: string) => (line: string) =>
    line.includes('"pingbot"') && line.startsWith(`{"type":"${type}"`);
  await bystander.find((line) => sees("presence")(line) || sees("joined")(line));
  ann.send("!ping");
  await ann.until(() => count("pingbot: pong") === 1);

  proxy.cut();
  // More than one reply has, so that the bot must ask for the rest.
  const said = range(1, 450).map((n) => n % 150 === 0 ? "!ping" : `message ${n}`);
  for (const text of said) ann.send(text);
  await ann.until(() => count("ann: !ping") === 5);
  proxy.restore();
  await ann.until(() => count("pingbot: pong") === 4);

  proxy.cut();
  ann.send("!ping");
  proxy.restore();
  await ann.until(() => count("pingbot: pong") === 5);
  ann.send("the end");
  await ann.until(() => count("ann: the end") === 1);
  assertEquals(count("pingbot: pong"), 5);
  assertEquals(bot.output, "");
});

Deno.test("examples/bot.ts resumes also at a server that has other data meanwhile", async () => {
  const before = await Hubbub.start();
  const { port } = before;
  await using proxy = new CuttableProxy(port);
  await using _bot = new RunningProgram({
    command: [Deno.execPath(), "run", "--quiet", "--allow-net", "--allow-env"]
      .concat("examples/bot.ts", addressOf(proxy), "garden"),
    cwd: ROOT,
  });
  /** Enters the room, and waits until the bot is there. */
  const enter = async () => {
    const ann = await TestSocket.open(port, "/ws?room=garden&name=ann");
    await using watcher = await TestSocket.open(port, "/ws", "hubbub.v1");
    watcher.send('{"type":"join","room":"garden"}');
    await watcher.find((line) => /"(?:joined|presence)".*"pingbot"/.test(line));
    return ann;
  };
  {
    await using ann = await enter();
    for (const n of range(1, 20)) ann.send(`message ${n}`);
    ann.send("!ping");
    await ann.find((line) => line === "pingbot: pong");
  }
  await before[Symbol.asyncDispose]();
  await using _after = await Hubbub.start(["--port", String(port)]);
  await using ann = await enter();
  const answers = () => ann.lines.filter((line) => line === "pingbot: pong").length;
  ann.send("!ping");
  await ann.until(() => answers() === 1);
  // This question has a lower `seq` than the bot's last message on the other server.
  proxy.cut();
  ann.send("!ping");
  proxy.restore();
  await ann.until(() => answers() === 2);
});

Deno.test({
  name: "examples/post.mjs posts each line once and in order, though its connection breaks",
  ignore: noNpm,
  async fn() {
    await using folder = await temporaryFolder();
    for (const name of ["package.json", "post.mjs"]) {
      await folder.write(name, await Deno.readTextFile(new URL(`examples/${name}`, ROOT)));
    }
    const install = new Deno.Command("npm", {
      args: ["install", "--prefix", folder.path].concat(
        ...["--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error"],
      ),
      cwd: fileURLToPath(ROOT),
      stdout: "null",
    });
    assertEquals((await install.output()).code, 0);

    // Slow enough that the rate limit is met, too: ten messages at once, then ten a second.
    await using hubbub = await Hubbub.start(["--rate", "10"]);
    await using proxy = new CuttableProxy(hubbub.port);
    await using ann = await TestSocket.open(hubbub.port, "/ws?room=garden&name=ann");
    const post = new Deno.Command("node", {
      args: ["post.mjs", addressOf(proxy), "garden", "reporter"],
      cwd: folder.path,
      stdin: "piped",
      stdout: "null",
      stderr: "null",
    }).spawn();
    const expected = range(1, 50).map((n) => `line ${n} <&> ünïcode`);
    const input = post.stdin.getWriter();
    await input.write(new TextEncoder().encode(expected.join("\n") + "\n"));
    await input.close();
    for (const received of [5, 20]) {
      await ann.until(() => ann.lines.length >= received);
      proxy.cut();
      proxy.restore();
    }
    assertEquals((await post.status).code, 0);
    await ann.received(expected.length);
    assertEquals(ann.lines, expected.map((text) => `reporter: ${text}`));
  },
});
