/**
 * Shared by the tests of a chat: a chat with a scripted server, and the lines for it.
 *
 * @module
 */
import { effect } from "@preact/signals";
import {
  type JoinedLine,
  type Message,
  NEW_ROOM,
  type Role,
  type User,
} from "../../protocol/mod.ts";
import { type ScriptedClient, ScriptedServer } from "../../testing/scripted_server.ts";
import { MemoryStorage } from "../../testing/storage.ts";
import { Chat } from "./chat.ts";
import type { ChatOptions } from "./chat_options.ts";
import { openStorage } from "./storage.ts";

/** The chat's own person. */
export const ME: User = { id: "me", name: "Ann" };

/** The other person. */
export const BOB: User = { id: "bob", name: "Bob" };

const LIMITS = {
  message: 4096,
  frame: 65536,
  rate: 0,
  burst: 0,
  history: 200,
  title: 80,
  topic: 250,
  newRooms: 20,
  directPeople: 8,
  reactions: 20,
  pins: 50,
  file: 1000,
  files: 10,
};

/** A chat, and its server; disposing of it ends both. */
export interface ScriptedChat extends AsyncDisposable {
  readonly chat: Chat;
  readonly server: ScriptedServer;
  /** The chat's first connection. */
  readonly client: ScriptedClient;
}

/** Opens a chat and lets it connect; by default it starts with an empty storage, and someone is looking at it. */
export async function openChat(
  { area = new MemoryStorage(), ...options }: Partial<ChatOptions> & { area?: Storage } = {},
): Promise<ScriptedChat> {
  const server = new ScriptedServer();
  const chat = new Chat({
    url: server.url,
    store: openStorage(() => area),
    attentive: () => true,
    ...options,
  });
  chat.connection.connect();
  const client = await server.accept();
  return {
    chat,
    client,
    server,
    async [Symbol.asyncDispose]() {
      chat[Symbol.dispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

/** A message to the lobby, by default Bob's. */
export function message(seq: number, options: Partial<Message> = {}): Message {
  return { room: "lobby", seq, id: `id-${seq}`, user: BOB, text: `text ${seq}`, at: 1, ...options };
}

/** The messages from one `seq` to another, both included. */
export function stretch(from: number, to: number): Message[] {
  return Array.from({ length: to - from + 1 }, (_, i) => message(from + i));
}

/** The history that the server has. */
const STORE = "store-1";

/** The beginning of the keys of {@linkcode ME}'s things in a chat's store. */
export const OWN = `of.${STORE}/${ME.id}.`;

/** The answer to a `join`. */
export function joined(
  last: number,
  messages: Message[],
  options: Partial<JoinedLine> = {},
): JoinedLine {
  return {
    type: "joined",
    room: "lobby",
    store: STORE,
    first: 1,
    last,
    members: [ME, BOB],
    count: 2,
    messages,
    more: false,
    rev: 0,
    info: NEW_ROOM,
    ...options,
  };
}

/** Says the first line of a connection. */
export function hello(
  client: ScriptedClient,
  version = "1.0.0",
  { store = STORE, user = ME, role = "guest" as Role } = {},
): void {
  client.send({
    type: "hello",
    protocol: "hubbub.v1",
    version,
    store,
    user,
    role,
    may: { administer: false, createRooms: true },
    chat: {
      name: "",
      welcome: "",
      createRooms: "everyone",
      guests: true,
      entry: "open",
      defaultRooms: [],
      previews: false,
      keepDays: 0,
    },
    admins: [],
    limits: LIMITS,
  });
}

/** Resolves once a condition holds that signals tell of. */
export function until(condition: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const end = effect(() => {
      if (condition()) queueMicrotask(() => (end(), resolve()));
    });
  });
}

/** Resolves once the room that is shown has a message of this `seq`. */
export function arrived(chat: Chat, seq: number): Promise<void> {
  return until(() => {
    chat.active.value.revision.value;
    return chat.active.value.timeline.last === seq;
  });
}

/** The messages of the room that is shown, by `seq`. */
export function seqs(chat: Chat): number[] {
  return chat.active.value.timeline.messages.map(({ seq }) => seq);
}
