import { Buffer } from "node:buffer";
import type { ChangeEffect } from "./effects.ts";
import {
  type ChangedLine,
  type DeletedLine,
  type Message,
  printLine,
  printMessage,
  printPlain,
  printPlainEdit,
  type ServerLine,
} from "../protocol/mod.ts";
import type { Format, Frame } from "../protocol/frame.ts";

/**
 * The longest frame of several lines, in characters. Frames in outboxes are shared, but the runtime copies
 * each frame for each client and takes it whole, so large ones would cost memory.
 */
const FRAME_LENGTH = 32 * 1024;

/** Shorter frames than this are joined, in bytes. */
const SHORT_BYTES = 2048;

/** The most deleted messages that one line has. */
const GROUP = 1000;

/** Returns true if a text that was received has more bytes of UTF-8 than `limit`. */
export function exceedsFrame(text: string, limit: number): boolean {
  if (text.length * 3 <= limit) return false;
  return text.length > limit || Buffer.byteLength(text) > limit;
}

/**
 * Makes a frame of printed lines. The runtime counts the bytes without encoding them: encoding 256 KB takes as long
 * as printing them, and leaves them to be collected.
 */
export function frameOf(text: string): Frame {
  return { text, bytes: Buffer.byteLength(text) };
}

/**
 * Makes the frames of several messages, one line for each. A frame of more than one line is at most 32 Ki
 * characters long.
 */
export function framesOfMessages(messages: readonly Message[], format: Format): Frame[] {
  const print = format === "json" ? printMessage : printPlain;
  return framesOfLines(messages.map(print));
}

/** Makes the frames of changed messages; of the plain format, those of fresh edits alone. */
export function framesOfChanges(changes: readonly ChangeEffect[], format: Format): Frame[] {
  const lines = format === "json"
    ? groupDeletions(changes).map((group) => printLine(toLine(group)))
    : changes.filter(({ plain }) => plain).map(({ message }) => printPlainEdit(message));
  return lines.length === 0 ? [] : framesOfLines(lines);
}

/** Gathers deletions that follow each other and are alike: one line has them all. */
function groupDeletions(changes: readonly ChangeEffect[]): [ChangeEffect, ...ChangeEffect[]][] {
  const groups: [ChangeEffect, ...ChangeEffect[]][] = [];
  for (const change of changes) {
    const group = groups.at(-1);
    if (group !== undefined && isAlike(group[0], change) && group.length < GROUP) {
      group.push(change);
    } else groups.push([change]);
  }
  return groups;
}

function isAlike(a: ChangeEffect, b: ChangeEffect): boolean {
  return a.message.deleted !== undefined && a.message.deleted === b.message.deleted &&
    a.by === b.by && a.id === undefined && b.id === undefined;
}

function toLine(group: readonly [ChangeEffect, ...ChangeEffect[]]): ChangedLine | DeletedLine {
  const [{ room, rev, message, by, id }] = group;
  if (group.length > 1 && message.deleted !== undefined) {
    return {
      ...{ type: "deleted", room, deleted: message.deleted, rev: group.at(-1)?.rev ?? rev },
      ...(by !== undefined && { by }),
      messages: group.map(({ rev, message: { seq } }) => [seq, rev]),
    };
  }
  return {
    ...{ type: "changed", room, rev, message },
    ...(by !== undefined && { by }),
    ...(id !== undefined && { id }),
  };
}

/**
 * Joins frames that others share, as far as they are short: joining them for each of many clients takes longer, and long ones
 * would be copied.
 */
export function joinFrames(frames: readonly Frame[]): Frame[] {
  const joined: Frame[] = [];
  let short: Frame[] = [];
  let bytes = 0;
  const flush = () => {
    const [first] = short;
    if (first !== undefined && short.length === 1) joined.push(first);
    else if (first !== undefined) {
      joined.push({ text: short.map(({ text }) => text).join("\n"), bytes: bytes - 1 });
    }
    short = [];
    bytes = 0;
  };
  for (const frame of frames) {
    const isShort = frame.bytes < SHORT_BYTES;
    if (!isShort || bytes + frame.bytes > FRAME_LENGTH) flush();
    if (!isShort) joined.push(frame);
    else {
      short.push(frame);
      bytes += frame.bytes + 1;
    }
  }
  flush();
  return joined;
}

function framesOfLines(all: readonly string[]): Frame[] {
  const frames: Frame[] = [];
  let lines: string[] = [];
  let length = 0;
  for (const line of all) {
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

/** Makes the frame of a line, or returns undefined if the format has no such line. */
export function frameOfLine(line: ServerLine, format: Format): Frame | undefined {
  if (format === "json") return frameOf(printLine(line));
  if (line.type === "joined" && line.messages.length > 0) {
    const shown = line.messages.filter(({ deleted }) => deleted === undefined);
    return shown.length === 0 ? undefined : frameOf(shown.map(printPlain).join("\n"));
  }
  if (line.type === "message") return frameOf(printPlain(line));
  return undefined;
}
