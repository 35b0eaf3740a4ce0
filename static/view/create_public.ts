import { makeRoom } from "../state/making_rooms.ts";
import { errorWords } from "../strings.ts";
import type { App } from "./context.ts";

/** Creates the public room of an address, and shows it. */
export async function createPublic(app: App, room: string): Promise<void> {
  const { chat, settings, toast } = app;
  // A guest has no membership: the room is there with the first message.
  const isGuest = chat.access.current.peek()?.role === "guest";
  const problem = isGuest
    ? "room_taken"
    : await makeRoom(chat, { type: "create", kind: "public", room, title: "", topic: "" });
  // Or somebody else has created it meanwhile.
  if (problem === "room_taken") chat.open(room, { create: true });
  else if (problem !== undefined) {
    toast.value = { text: errorWords(settings.strings.peek(), problem) };
  }
}
