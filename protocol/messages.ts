/**
 * The capability of sending messages and reading old ones.
 *
 * @module
 */
import type { CommandParsers, LineParsers } from "./capability.ts";
import { describe, errorOf, notCount, withRoom } from "./command_fields.ts";
import { isBoolean, isCount, isList } from "./fields.ts";
import { copyMessage, isMessage } from "./line_fields.ts";
import { isRoom } from "./addresses.ts";
import { ID_CHARACTERS, isMessageId } from "./names.ts";
import { isFileIds } from "./file_names.ts";
import { type ErrorLine, HISTORY_LIMIT, type Message, MESSAGE_FILES } from "./types.ts";
import { readText } from "./texts.ts";

/** Sends a message to a room. */
export interface SendCommand {
  readonly type: "send";
  readonly room: string;
  /** New for each message. Sending the same id again asks for the outcome of the first attempt. */
  readonly id: string;
  readonly text: string;
  /** The `seq` of the message that it replies to. */
  readonly re?: number;
  /** The ids of the files that it names, in this order. The text may then be empty. */
  readonly files?: readonly string[];
}

/**
 * The part of a room's messages that is requested: those on one side of a `seq`, which is itself excluded, or those from
 * the first one that was sent at a time, in ms since 1970, or after it.
 */
export type HistoryBound =
  | { readonly before: number; readonly after?: undefined; readonly at?: undefined }
  | { readonly after: number; readonly before?: undefined; readonly at?: undefined }
  | { readonly at: number; readonly before?: undefined; readonly after?: undefined };

/** Requests old messages. */
export type HistoryCommand = HistoryBound & {
  readonly type: "history";
  readonly room: string;
  /** From 1 to {@linkcode HISTORY_LIMIT}. */
  readonly limit: number;
};

/** Every command of this capability. */
export type MessageCommand = SendCommand | HistoryCommand;

/** A message for all members of its room. For its sender it is the acknowledgement. */
export interface MessageLine extends Message {
  readonly type: "message";
}

/** Answers `history`. */
export interface HistoryLine {
  readonly type: "history";
  readonly room: string;
  /** Ascending. */
  readonly messages: readonly Message[];
  /** True if more messages remain in the requested direction. */
  readonly more: boolean;
}

/** Every line of this capability. */
export type MessagesLine = MessageLine | HistoryLine;

/** The parsers of the commands. */
export const MESSAGE_COMMANDS: CommandParsers<MessageCommand> = {
  send: /* @__PURE__ */ withRoom("send", (fields, room, limits): SendCommand | ErrorLine => {
    const { id, text: raw, re, files } = fields;
    if (!isMessageId(id)) {
      const message = `Cannot send: id must be 1 to ${ID_CHARACTERS} of A-Z, a-z, 0-9, _ and -, ` +
        `received ${describe(id)}`;
      return errorOf("bad_id", message, room);
    }
    const mayBeEmpty = files !== undefined;
    const text = readText(raw, { verb: "send", ref: id, limits, mayBeEmpty });
    if (typeof text !== "string") return text;
    if (re !== undefined && !isCount(re)) {
      return errorOf("bad_value", `Cannot send: ${notCount("re", re)}`, id);
    }
    if (files !== undefined && !isFileIds(files)) {
      const message = `Cannot send: files must be 1 to ${MESSAGE_FILES} different ids of files`;
      return errorOf("bad_value", message, id);
    }
    const plain: SendCommand = { type: "send", room, id, text };
    if (re === undefined && files === undefined) return plain;
    return {
      ...plain,
      ...(re !== undefined && { re }),
      ...(files !== undefined && { files }),
    };
  }),

  history: /* @__PURE__ */ withRoom("read history", (fields, room): HistoryCommand | ErrorLine => {
    const { before, after, at, limit = HISTORY_LIMIT } = fields;
    const badValue = (why: string) => errorOf("bad_value", `Cannot read history: ${why}`, room);
    if (!isCount(limit) || limit === 0) {
      return badValue(`limit must be a whole number of at least 1, received ${describe(limit)}`);
    }
    const command = { type: "history", room, limit: Math.min(limit, HISTORY_LIMIT) } as const;
    if ([before, after, at].filter((each) => each !== undefined).length > 1) {
      return badValue("give one of before, after and at");
    }
    if (before !== undefined) {
      return isCount(before) ? { ...command, before } : badValue(notCount("before", before));
    }
    if (after !== undefined) {
      return isCount(after) ? { ...command, after } : badValue(notCount("after", after));
    }
    if (at !== undefined) {
      return isCount(at) ? { ...command, at } : badValue(notCount("at", at));
    }
    return badValue("before, after or at is required");
  }),
};

/** The parsers of the lines. */
export const MESSAGE_LINES: LineParsers<MessagesLine> = {
  message: (fields) => isMessage(fields) ? { type: "message", ...copyMessage(fields) } : undefined,

  history({ room, messages, more }) {
    return isRoom(room) && isList(messages, isMessage) && isBoolean(more)
      ? { type: "history", room, messages, more }
      : undefined;
  },
};
