/**
 * What the tests of a chat share: one whose server says what it is told to, and the lines for that.
 *
 * @module
 */
import { effect } from "@preact/signals";
import type { JoinedLine, Message, User } from "../../protocol/mod.ts";
import { type ScriptedClient, ScriptedServer } from "../../testing/scripted_server.ts";
import { MemoryStorage } from "../../testing/storage.ts";
import { Chat, type ChatOptions } from "./chat.ts";
import { openStorage } from "./storage.ts";

/** Whose chat it is. */
export const ME: User = { id: "me", name: "Ann" };

/** Who else is there. */
export const BOB: User = { id: "bob", name: "Bob" };

const LIMITS = { message: 4096, frame: 65536, rate: 0, burst: 0, history: 200 };

/** A chat, and its server; disposing of it ends both. */
export interface ScriptedChat extends AsyncDisposable {
  readonly chat: Chat;
  readonly server: ScriptedServer;
  /** The chat's first connection. */
  readonly client: ScriptedClient;
}

/** Opens a chat and lets it connect; by default it starts with an empty storage, and somebody looks at it. */
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

/** A message to the lobby, Bob's unless told. */
export function message(seq: number, options: Partial<Message> = {}): Message {
  return { room: "lobby", seq, id: `id-${seq}`, user: BOB, text: `text ${seq}`, at: 1, ...options };
}

/** The messages from one `seq` to another, both included. */
export function stretch(from: number, to: number): Message[] {
  return Array.from({ length: to - from + 1 }, (_, i) => message(from + i));
}

/** The answer to a `join`. */
export function joined(
  last: number,
  messages: Message[],
  options: Partial<JoinedLine> = {},
): JoinedLine {
  return {
    type: "joined",
    room: "lobby",
    first: 1,
    last,
    members: [ME, BOB],
    count: 2,
    messages,
    more: false,
    ...options,
  };
}

/** Says the first line of a connection. */
export function hello(client: ScriptedClient, version = "1.0.0"): void {
  client.say({ type: "hello", protocol: "hubbub.v1", version, user: ME, limits: LIMITS });
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
