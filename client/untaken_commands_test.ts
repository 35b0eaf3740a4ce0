import { assert, assertEquals } from "../testing/assert.ts";
import { ConnectedClient } from "../testing/connected_client.ts";
import { HubOnState } from "../testing/hub_on_state.ts";
import { SOURCE } from "../testing/hubbub.ts";
import { Recorder } from "../testing/recorder.ts";

/** A text of some length that takes the log as long as any. */
const dear = (length: number) => `@${"!a".repeat(16)} `.repeat(7).padEnd(length, "x");

/** Lets a client join the lobby and send messages, all at once. */
function sendAll(socket: WebSocket, texts: readonly string[]): void {
  const lines = texts.map((text, i) => ({ type: "send", room: "lobby", id: `m${i}`, text }));
  for (const line of [{ type: "join", room: "lobby" }, ...lines]) {
    socket.dispatchEvent(new MessageEvent("message", { data: JSON.stringify(line) }));
  }
}

Deno.test("Client is not read while messages of it that take long wait in the hub", async () => {
  await using the = new HubOnState();
  const reader = the.person("reader");
  await the.join(reader, "lobby");
  await using connected = new ConnectedClient(the, the.person("ann", "guest").user);
  const [client, socket] = [await connected.client, await connected.socket];
  let most = 0;
  const command = the.hub.command.bind(the.hub);
  the.hub.command = (sender, line) => {
    const isAccepted = command(sender, line);
    most = Math.max(most, the.hub.waiting);
    return isAccepted;
  };
  const texts = Array.from({ length: 20 }, (_, i) => dear(16_000) + i);
  sendAll(socket, texts);
  await reader.until(() => reader.texts.length === 20);
  client.logout();
  assertEquals(reader.texts, texts);
  assert(most <= 5, `${most}`);
});

Deno.test("Client that sends some messages that take long, and closes at once, has all of them stored", async () => {
  await using the = new HubOnState();
  const reader = the.person("reader");
  await the.join(reader, "lobby");
  const ann = the.person("ann", "guest").user;
  await using connected = new ConnectedClient(the, ann);
  const [client, socket] = [await connected.client, await connected.socket];
  const texts = Array.from({ length: 40 }, (_, i) => dear(280) + i);
  const command = the.hub.command.bind(the.hub);
  the.hub.command = (sender, line) => {
    if (line.type === "send" && line.id === "m39") {
      queueMicrotask(() => socket.dispatchEvent(new CloseEvent("close", { code: 1000 })));
    }
    return command(sender, line);
  };
  sendAll(socket, texts);
  await reader.until(() => reader.texts.length === 40);
  assert(client.left);
  assertEquals(reader.texts, texts);
  socket.close();
});

Deno.test("Hub ends clients soon after it is closed, although their commands wait, and keeps the reason", async () => {
  await using the = new HubOnState();
  await using connected = new ConnectedClient(the, the.person("ann").user);
  const client = await connected.client;
  const clients = Array.from({ length: 1500 }, (_, i) => new Recorder(`${i}`));
  for (const each of clients) the.hub.register(each);
  the.hub.command(client, { type: "join", room: "lobby" });
  while (the.hub.size < 1500 + 2 || the.hub.roomCount === 0) {
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  for (const id of ["a", "b"]) {
    const send = { type: "send", room: "none", id, text: dear(280) } as const;
    for (const each of clients) the.hub.command(each, send);
  }
  const late = new Recorder("late");
  the.hub.register(late);
  client.sendAway({ code: 1013, reason: "Elsewhere" });
  the.hub.close();
  const { code, reason } = await connected.closed;
  assertEquals([code, reason], [1013, "Elsewhere"]);
  assertEquals([late.end, late.frames], ["drained", []]);
  const answered = clients.reduce((sum, each) => sum + each.all("error").length, 0);
  assert(answered < 3000, "it has taken them all");
  assertEquals(clients.filter(({ end }) => end !== "drained"), []);
});

Deno.test("messages that wait keep nothing of the much larger frames that they came in", async () => {
  const [waiting, plain] = ["./untaken_commands.ts", "./plain_text.ts"]
    .map((path) => JSON.stringify(new URL(path, import.meta.url).href));
  const code = `import { withoutFrame } from ${waiting};
    import { plainText } from ${plain};
    const commands = [];
    const kept = () => {
      gc();
      const { heapUsed, external } = Deno.memoryUsage();
      return heapUsed + external;
    };
    const before = kept();
    for (let i = 0; i < 200; i++) {
      const padded = String(i).padEnd(600, "x") + " ".repeat(60_000);
      const frame = new TextDecoder().decode(new TextEncoder().encode(padded));
      const send = { type: "send", room: "lobby", id: "m" + i, text: plainText(frame, 16_384) };
      commands.push(withoutFrame(send, frame.length));
    }
    console.log(commands.length, kept() - before);`;
  const flags = SOURCE.command.filter((word) => word.startsWith("--v8-flags"));
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--quiet", "--no-check", ...flags, code],
  }).output();
  const [count, bytes = NaN] = new TextDecoder().decode(stdout).split(" ").map(Number);
  assertEquals(count, 200);
  assert(bytes < 2_000_000, `${bytes} bytes`);
});
