/** The end of a right to read ends access to files at once: on one server, and from one server to another. */
import { assert, assertEquals } from "../testing/assert.ts";
import { basic, ChatClient } from "../testing/chat_client.ts";
import { temporaryFolder } from "../testing/folder.ts";
import { Hubbub, runHubbub } from "../testing/hubbub.ts";
import { withoutNats } from "../testing/nats.ts";
import { png, randomBytes } from "../testing/sample_files.ts";
import { Servers } from "../testing/servers.ts";
import { TusClient } from "../testing/tus.ts";

const ROOT = basic("root:open sesame");
const BEN = basic("ben:open sesame");
/** Much more than the buffers between a server and a reader who does not read take. */
const LARGE = 24_000_000;

/** The people, and a private room of both; Ben is at the other server. */
interface Scene {
  readonly room: string;
  readonly root: ChatClient;
  readonly ben: ChatClient;
  /** The id of Ben's picture. */
  readonly picture: string;
  /** Root's message with the files. */
  readonly seq: number;
}

/** The ways in which Ben's right ends, and what shows his server that it has; then the status of his requests. */
const ENDS: readonly {
  readonly name: string;
  readonly status: number;
  run(scene: Scene): Promise<unknown>;
}[] = [
  {
    name: "the deletion of the message",
    status: 404,
    run({ root, ben, room, seq }) {
      root.send({ type: "delete", id: "d", room, seq });
      return ben.take("changed", ({ message }) => message.deleted !== undefined);
    },
  },
  {
    name: "the removal from the room",
    status: 404,
    run({ root, ben, room }) {
      root.send({ type: "remove", id: "r", room, person: ben.user.id });
      return ben.take("left");
    },
  },
  {
    name: "a ban",
    status: 403,
    run({ root, ben }) {
      root.send({ type: "ban", id: "b", person: ben.user.id });
      return ben.closed;
    },
  },
];

Deno.test("the program ends access to files at once", async (t) => {
  await using folder = await temporaryFolder();
  const data = ["--data", `${folder.path}/chat.db`];
  await using hubbub = await Hubbub.start(data);
  await check(t, [hubbub.port, hubbub.port], data);
});

Deno.test({
  name: "the program ends access to files at once, also at another server",
  ignore: withoutNats(),
  async fn(t) {
    await using servers = await Servers.start(2, { events: ["file uploaded"] });
    const [one = 0, two = 0] = servers.ports;
    await check(t, [one, two], servers.flags);
    await servers.endAll("SIGTERM");
  },
});

async function check(
  t: Deno.TestContext,
  [one, two]: readonly [number, number],
  data: readonly string[],
): Promise<void> {
  await using root = await ChatClient.open(one, ROOT);
  const granted = await runHubbub(["admin", ...data, "root"]);
  assertEquals(granted.code, 0, granted.stderr);
  await root.take("you", ({ role }) => role === "admin");
  for (const { name, status, run } of ENDS) {
    await t.step(name, async () => {
      await using ben = await ChatClient.open(two, BEN);
      root.send({
        type: "create",
        id: name.slice(0, 5).replaceAll(" ", "_"),
        kind: "private",
        title: "Plans",
      });
      const { room } = await root.take("created");
      await root.join(room);
      root.send({ type: "add", id: room.slice(1, 9), room, person: ben.user.id });
      await ben.take("room", (line) => line.room === room);
      await ben.join(room);
      const tus = new TusClient(one, ROOT);
      const preview = await tus.upload(png(64, 48), "small.png");
      const files = [
        await tus.upload(png(640, 480), "plan.png", { preview }),
        await tus.upload(randomBytes(LARGE), "film.bin"),
      ];
      root.send({ type: "send", room, id: "m", text: "", files });
      const { seq } = await ben.take("message", (line) => line.room === room);
      const picture = await pictureOf(ben);
      const [plan = "", film = ""] = files;
      const reader = new TusClient(two, BEN);
      const requests: [string, string, Record<string, string>, number][] = [
        ["GET", `/files/${plan}/plan.png`, {}, 200],
        ["HEAD", `/files/${plan}/plan.png`, {}, 200],
        ["GET", `/files/${plan}/plan.png`, { "if-none-match": `"${plan}"` }, 304],
        ["GET", `/files/${film}/film.bin`, { range: "bytes=5-9" }, 206],
        ["GET", `/files/${film}/film.bin`, { range: "bytes=5-9", "if-range": `"${film}"` }, 206],
        ["GET", `/files/${preview}/small.png`, {}, 200],
      ];
      const ask = async (end?: number) => {
        for (const [method, path, headers, before] of requests) {
          const answer = await reader.request(method, path, { "tus-resumable": "", ...headers });
          assertEquals(
            answer.status,
            end ?? before,
            `${method} ${path} ${JSON.stringify(headers)}`,
          );
          const caching = answer.headers.get("cache-control") ?? "";
          if (end === undefined) assertEquals(caching, "private, no-cache, no-transform");
          else assert(!/max-age|public/.test(caching), caching);
          await answer.body?.cancel();
        }
      };
      await ask();
      // Those who have taken the first bytes, and one of a part.
      const slow = [await begun(two, reader, film), await begun(two, reader, film, "bytes=10-")];
      await run({ root, ben, room, picture, seq });
      await ask(status);
      for (const connection of slow) assert(await left(connection) < LARGE / 2);
      const face = await reader.request("GET", `/pictures/${picture}`);
      await face.body?.cancel();
      // Of people, not of the room.
      assertEquals(face.status, name === "a ban" ? 403 : 200);
    });
  }
}

/** Gives Ben a picture, and returns its id. */
async function pictureOf(ben: ChatClient): Promise<string> {
  ben.send({ type: "picture", id: "p", data: png(8, 8).toBase64() });
  const { picture } = await ben.take("picture");
  assert(picture !== undefined);
  return picture;
}

/** Begins a download that takes nothing from the system but its first bytes. */
async function begun(
  port: number,
  reader: TusClient,
  file: string,
  range = "bytes=0-",
): Promise<Deno.Conn> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  await connection.write(reader.head("GET", `/files/${file}/film.bin`, { range }));
  await connection.read(new Uint8Array(1024));
  return connection;
}

/** Reads on to the end of a connection; resolves to the bytes that still came. */
async function left(connection: Deno.Conn): Promise<number> {
  using _connection = connection;
  const piece = new Uint8Array(64 * 1024);
  let bytes = 0;
  // The server cuts it, of which the system may tell as a reset.
  for (let read; (read = await connection.read(piece).catch(() => null)) !== null;) bytes += read;
  return bytes;
}
