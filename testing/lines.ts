/**
 * Examples of every line of `hubbub.v1`.
 *
 * @module
 */
import {
  type Command,
  HISTORY_LIMIT,
  type Message,
  PROTOCOL,
  type ServerLine,
  type User,
} from "../protocol/mod.ts";

/** Somebody. */
export const ann: User = { id: "p1", name: "Ann" };
/** Somebody whose name needs escapes. */
export const bob: User = { id: "p2", name: 'Bob "\u2028" 李' };
/** A message of {@linkcode ann}'s. */
export const message: Message = {
  room: "lobby",
  seq: 7,
  id: "m-1",
  user: ann,
  text: "hi\n\tyou",
  at: 1e12,
};

/** A command of every shape, none of them with a text over 100 bytes. */
export const COMMANDS: Command[] = [
  { type: "join", room: "lobby" },
  { type: "join", room: "lobby", after: 0 },
  { type: "join", room: "lobby", after: Number.MAX_SAFE_INTEGER },
  { type: "leave", room: "a_-9" },
  { type: "send", room: "lobby", id: "Az09_-", text: "  hi\r\n\tthere  " },
  { type: "send", room: "lobby", id: "x", text: '"\\\u2028\u0001 🦊 李' },
  { type: "history", room: "lobby", before: 12, limit: 5 },
  { type: "history", room: "lobby", after: 0, limit: HISTORY_LIMIT },
  { type: "rooms" },
  { type: "typing", room: "lobby" },
  { type: "name", name: "Zoë" },
  { type: "name", name: "Zoë", secret: "s: ecret" },
];

/** A line from the server of every shape. */
export const SERVER_LINES: ServerLine[] = [
  {
    type: "hello",
    protocol: PROTOCOL,
    version: "1.2.3",
    user: ann,
    limits: { message: 4096, frame: 65536, rate: 0.5, burst: 1.5, history: 200 },
  },
  {
    type: "joined",
    room: "lobby",
    first: 1,
    last: 0,
    members: [],
    count: 0,
    messages: [],
    more: false,
  },
  {
    type: "joined",
    room: "lobby",
    first: 3,
    last: 8,
    members: [ann, bob],
    count: 2,
    messages: [message, { ...message, seq: 8, user: bob }],
    more: true,
  },
  { type: "left", room: "lobby" },
  { type: "message", ...message },
  { type: "message", ...message, user: { id: "p3", name: "" }, text: "\ud800 \u0000 \u2029" },
  { type: "history", room: "lobby", messages: [message], more: true },
  { type: "rooms", rooms: [{ room: "lobby", count: 2, last: 8, at: 0 }] },
  { type: "presence", room: "lobby", joined: [ann], left: [bob], count: 1 },
  { type: "typing", room: "lobby", user: bob },
  { type: "renamed", user: ann, was: "guest-1234" },
  { type: "error", code: "storage", message: "Not known to be stored" },
  { type: "error", code: "rate_limited", message: "Slow down", ref: "m-1", retry: 12.5 },
];
