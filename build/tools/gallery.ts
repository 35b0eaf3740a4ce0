/**
 * The small chat that the views of the page show.
 *
 * @module
 */
import type { Browser, BrowserContextOptions } from "playwright-core";
import { basic, ChatClient } from "../../testing/chat_client.ts";
import type { Command } from "../../protocol/mod.ts";
import { temporaryFolder } from "../../testing/folder.ts";
import { Hubbub, runHubbub } from "../../testing/hubbub.ts";
import { Visitor } from "../../testing/page.ts";

/** A view that does not come within this time, in ms, is missing. */
const WAIT_MS = 8_000;

/** A message of one of the people, and its room. */
interface Said {
  readonly name: string;
  readonly text: string;
  readonly room?: string;
}

const TALK: readonly Said[] = [
  {
    name: "Jonas",
    text: "Good morning! :sun_with_face: The notes are up: https://hubbub.example/n",
  },
  { name: "Jonas", text: "Could someone read them **before noon**?" },
  {
    name: "Priya",
    text: "On it. Two things I'd add:\n- a word on *backups*\n- what `--sync full` costs",
  },
  { name: "李雷", text: "@Mira 早上好！中文版我今天下午翻译 :tea:" },
  {
    name: "María José",
    text: "> what `--sync full` costs\n\nNext to nothing, messages share a commit:",
  },
  {
    name: "María José",
    text: "```ts\nfor await (const batch of inbox.batches()) {\n" +
      "  log.append(batch); // one transaction, however many messages a busy hub has read\n}\n```",
  },
  { name: "נועם", text: "שלום לכולם, זה נראה טוב" },
  { name: "Jonas", text: "Ha, nice. That goes into the notes :memo:" },
  { name: "Priya", text: ":tada: :rocket:" },
];

const OTHER_ROOMS: readonly Said[] = [
  { name: "Jonas", room: "garden", text: "The tomatoes are in." },
  { name: "Priya", room: "reading", text: "Chapter four, then?" },
  { name: "Jonas", room: "engineering", text: "Deployed." },
  { name: "Jonas", room: "a-room-with-quite-a-long-name-for-a-list", text: "Hello?" },
  { name: "李雷", room: "zh-tech", text: "大家好" },
];

/** The name that the pictures show as the chat's address. */
export const HOST = "chat.example";

/** A chat with some people in it who have talked, and a browser that looks at it. */
export interface Gallery extends AsyncDisposable {
  readonly hubbub: Hubbub;
  readonly visitor: Visitor;
  /** Lets one of the people say something, and waits until the server has it. */
  say(said: Said): Promise<void>;
  /** Makes somebody an admin, from the terminal. */
  appoint(name: string): Promise<void>;
  /** Lets Jonas, who must be in charge, give a command about somebody who has written in the lobby. */
  command(name: string, make: (person: string) => Command): Promise<void>;
  /** Shows that one of the people is typing in the lobby. */
  type(name: string): void;
}

/**
 * Starts the chat, and opens the page as somebody new.
 *
 * @param browser one that knows {@linkcode HOST}
 */
export async function openGallery(
  browser: Browser,
  { port, ...options }: BrowserContextOptions & { port: number },
): Promise<Gallery> {
  await using opening = new AsyncDisposableStack();
  const folder = opening.use(await temporaryFolder());
  const data = ["--data", `${folder.path}/chat.db`];
  const hubbub = opening.use(await Hubbub.start([...data, "--port", String(port)]));
  const people = new Map<string, ChatClient>();
  let said = 0;
  async function client(name: string, room: string): Promise<ChatClient> {
    let known = people.get(name);
    if (!known) {
      known = opening.use(
        await ChatClient.enter(hubbub.port, ["lobby"], basic(`${name}:secret`)),
      );
      people.set(name, known);
    }
    if (room !== "lobby") await known.join(room);
    return known;
  }
  async function say({ name, text, room = "lobby" }: Said): Promise<void> {
    const speaker = await client(name, room);
    const id = `said-${++said}`;
    speaker.send({ type: "send", room, id, text });
    await speaker.until(() =>
      speaker.lines.some((line) => line.type === "message" && line.id === id)
    );
  }
  for (const each of [...OTHER_ROOMS, ...TALK]) await say(each);
  const visitor = await Visitor.arrive(browser, `http://${HOST}:${port}/`, options);
  visitor.page.setDefaultTimeout(WAIT_MS);
  opening.defer(() => visitor.leave());
  const held = opening.move();
  return {
    hubbub,
    visitor,
    say,
    async appoint(name) {
      const { code, stderr } = await runHubbub(["admin", ...data, name]);
      if (code !== 0) throw new Error(`Cannot appoint ${name}: ${stderr}`);
    },
    async command(name, make) {
      const jonas = await client("Jonas", "lobby");
      const known = jonas.lines.findLast((line) =>
        line.type === "message" && line.room === "lobby" && line.user.name === name
      );
      if (known?.type !== "message") throw new Error(`Cannot find ${name}: no message of theirs`);
      const id = `command-${++said}`;
      jonas.send({ ...make(known.user.id), id });
      await jonas.until(() =>
        jonas.lines.some((line) =>
          (line.type === "ok" || line.type === "changed") && line.id === id
        )
      );
    },
    type: (name) => people.get(name)?.send({ type: "typing", room: "lobby" }),
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}
