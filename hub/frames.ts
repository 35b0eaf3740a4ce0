import {
  type Message,
  printLine,
  printMessage,
  printPlain,
  type ServerLine,
} from "../protocol/mod.ts";

/** What a client speaks: `hubbub.v1`, or plain lines. */
export type Format = "json" | "plain";

/** Text on its way to clients; one frame is shared by all who get it. */
export interface Frame {
  readonly text: string;
  /** The length of `text` in UTF-8 bytes. */
  readonly bytes: number;
}

/**
 * The longest frame of many lines, in characters. What waits in outboxes is shared, what was handed
 * to the runtime is a copy for each client, and frames are handed over whole.
 */
const FRAME_LENGTH = 32 * 1024;

const encoder = new TextEncoder();

/** A frame of lines that are printed already. */
export function frameOf(text: string): Frame {
  return { text, bytes: encoder.encode(text).length };
}

/** Frames of all `messages`, a line each; one that has several lines is at most 32 KiB long. */
export function framesOfMessages(messages: readonly Message[], format: Format): Frame[] {
  const print = format === "json" ? printMessage : printPlain;
  const frames: Frame[] = [];
  let lines: string[] = [];
  let length = 0;
  for (const message of messages) {
    const line = print(message);
    if (length + line.length > FRAME_LENGTH && lines.length > 0) {
      frames.push(frameOf(lines.join("\n")));
      lines = [];
      length = 0;
    }
    lines.push(line);
    length += line.length + 1;
  }
  frames.push(frameOf(lines.join("\n")));
  return frames;
}

/** One frame of a line; undefined when the format has no such line. */
export function frameOfLine(line: ServerLine, format: Format): Frame | undefined {
  if (format === "json") return frameOf(printLine(line));
  if (line.type === "joined" && line.messages.length > 0) {
    return frameOf(line.messages.map(printPlain).join("\n"));
  }
  if (line.type === "message") return frameOf(printPlain(line));
  return undefined;
}
