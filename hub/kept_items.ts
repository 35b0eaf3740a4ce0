import type { ChangeEffect } from "./effects.ts";
import { frameOfLine, framesOfChanges, framesOfMessages } from "./frames.ts";
import type { Page } from "./message_log.ts";
import type { Format, Frame } from "../protocol/frame.ts";
import type { Message, ServerLine } from "../protocol/mod.ts";

/** A message, line or change that is kept for a member whose history is being read. */
export type KeptItem = Message | { readonly line: ServerLine } | { readonly change: ChangeEffect };

/** Returns whether something kept for a member is not in the history up to `last`, with the changes up to `rev`. */
export function isAfter({ last, rev }: Pick<Page, "last" | "rev">): (item: KeptItem) => boolean {
  return (item) => {
    if ("line" in item) return true;
    return "change" in item ? item.change.rev > rev : item.seq > last;
  };
}

/** Makes the frames of what was kept for a member. */
export function framesOfKept(kept: readonly KeptItem[], format: Format): Frame[] {
  const frames: Frame[] = [];
  let messages: Message[] = [];
  const flush = () => {
    if (messages.length > 0) frames.push(...framesOfMessages(messages, format));
    messages = [];
  };
  for (const item of kept) {
    if ("line" in item) {
      flush();
      const frame = frameOfLine(item.line, format);
      if (frame !== undefined) frames.push(frame);
    } else if ("change" in item) {
      flush();
      frames.push(...framesOfChanges([item.change], format));
    } else messages.push(item);
  }
  flush();
  return frames;
}
