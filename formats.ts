import { type Message, printLine, printMessage, printPlain, type ServerLine } from "./protocol.ts";

/** What a client speaks: `hubbub.v1`, or plain lines. */
export type Format = "json" | "plain";

/** Text on its way to clients; one frame is shared by all who get it. */
export interface Frame {
  readonly text: string;
  /** The length of `text` in UTF-8 bytes. */
  readonly bytes: number;
}

const encoder = new TextEncoder();

/** A frame of lines that are printed already. */
export function frameOf(text: string): Frame {
  return { text, bytes: encoder.encode(text).length };
}

/** One frame of all `messages`, a line each. */
export function frameOfMessages(messages: readonly Message[], format: Format): Frame {
  return frameOf(messages.map(format === "json" ? printMessage : printPlain).join("\n"));
}

/** One frame of a line; undefined when the format has no such line. */
export function frameOfLine(line: ServerLine, format: Format): Frame | undefined {
  if (format === "json") return frameOf(printLine(line));
  if (line.type === "joined" && line.messages.length > 0) {
    return frameOfMessages(line.messages, format);
  }
  if (line.type === "message") return frameOfMessages([line], format);
  return undefined;
}
