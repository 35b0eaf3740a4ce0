/// <reference lib="dom" />
import type { Room } from "../state/room.ts";
import { copyText } from "./clipboard.ts";
import type { App } from "./context.ts";

/** Puts a room's address on the clipboard, or shows it where the browser forbids that. */
export async function copyLink({ base, settings, toast }: App, room: Room): Promise<void> {
  const address = `${base}#/${room.name}`;
  const isCopied = await copyText(address);
  toast.value = { text: isCopied ? settings.strings.peek().linkCopied : address };
}
