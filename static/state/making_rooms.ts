import { batch } from "@preact/signals";
import type { CreateCommand, User } from "../../protocol/mod.ts";
import type { DirectCommand } from "../../protocol/room_making.ts";
import type { Chat } from "./chat.ts";

/** Makes a room, and shows it to who has not gone elsewhere meanwhile. Returns the code of an error. */
export function makeRoom(chat: Chat, command: CreateCommand): Promise<string | undefined> {
  return make(chat, command, []);
}

/** Makes or finds the direct room of this person and some others, and shows it as {@linkcode makeRoom} does. */
export function openDirect(chat: Chat, others: readonly User[]): Promise<string | undefined> {
  return make(chat, { type: "direct", people: others.map(({ id }) => id) }, others);
}

async function make(
  chat: Chat,
  command: CreateCommand | DirectCommand,
  others: readonly User[],
): Promise<string | undefined> {
  const before = chat.active.peek();
  const answer = await chat.requests.ask(command);
  if (!answer.ok) return answer.code;
  if (answer.line.type !== "created") return undefined;
  const { room: name } = answer.line;
  batch(() => {
    // A person who has opened another room since then is not moved back.
    if (chat.active.peek() === before) chat.open(name, { create: true });
    const room = chat.room(name);
    const me = chat.me.peek();
    // Until its first message the server names nobody but its maker.
    if (room && me && others.length > 0) room.people.value = [me, ...others];
  });
  return undefined;
}
