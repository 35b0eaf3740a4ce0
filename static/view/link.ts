/// <reference lib="dom" />
import type { Room } from "../state/room.ts";
import { copyText } from "./clipboard.ts";
import type { App } from "./context.ts";

/**
 * Puts the address of a room, or of a message there, on the clipboard, or shows it where the browser forbids that.
 */
export async function copyLink(
  { base, settings, toast }: App,
  room: Room,
  seq?: number,
): Promise<void> {
  const address = `${base}#/${room.name}${seq === undefined ? "" : `/${seq}`}`;
  const isCopied = await copyText(address);
  toast.value = { text: isCopied ? settings.strings.peek().linkCopied : address };
}
