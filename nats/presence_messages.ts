/**
 * The messages by which servers share presence.
 *
 * @module
 */
import type { NamedPerson, PersonRooms } from "../hub/roster.ts";
import type { User } from "../protocol/mod.ts";
import { isRoom } from "../protocol/addresses.ts";
import { type Fields, isFields, parseFields } from "../protocol/fields.ts";
import { NAME_CHARACTERS } from "../protocol/names.ts";

/** One change of a server's people. */
export type Step =
  | readonly ["join", room: string, id: string, name: string, version: number]
  | readonly ["leave", room: string, id: string]
  | readonly ["rename", id: string, name: string, version: number, was: string];

/** One line of a server. `n` numbers the lines, so that a receiver detects a missing one. */
export type PresenceMessage = Content & {
  /** The highest version of a name that the server knows; an older program does not say it. */
  readonly newest?: number;
};

type Content =
  /** A heartbeat. `n` is that of the last line of the other kinds. */
  | { readonly type: "beat"; readonly n: number }
  /** The changes since the previous message. */
  | { readonly type: "steps"; readonly n: number; readonly steps: readonly Step[] }
  /** All its people, in `of` lines that follow each other. */
  | {
    readonly type: "all";
    readonly n: number;
    readonly part: number;
    readonly of: number;
    readonly people: readonly PersonRooms[];
  }
  /** The server shuts down. */
  | { readonly type: "bye"; readonly n: number };

/**
 * The most changes in one message, and the most people and rooms of people: with the longest names and addresses some
 * 200 KB. NATS accepts 1 MB unless configured, and its client throws when something is larger.
 */
const ITEMS = 500;

/** Cuts changes that would be too many for one line. */
export function cut<T>(items: readonly T[]): T[][] {
  const parts: T[][] = [];
  for (let i = 0; i < items.length; i += ITEMS) parts.push(items.slice(i, i + ITEMS));
  return parts;
}

/** Cuts people with their rooms, of which one person may have thousands, into parts that each fit into one line. */
export function cutPeople(people: readonly PersonRooms[]): PersonRooms[][] {
  const parts: PersonRooms[][] = [];
  let left = 0;
  for (const [person, rooms] of people) {
    for (const some of cut(rooms)) {
      const cost = 1 + some.length;
      if (cost > left) {
        parts.push([]);
        left = ITEMS + 1;
      }
      parts.at(-1)?.push([person, some]);
      left -= cost;
    }
  }
  return parts;
}

/** Parses a line; undefined if it is invalid. */
export function parsePresenceMessage(text: string): PresenceMessage | undefined {
  const fields = parseFields(text) ?? {};
  const content = parseContent(fields);
  const { newest } = fields;
  return content && isVersion(newest) ? { ...content, newest } : content;
}

function parseContent({ type, n, part, of, steps, people }: Fields): Content | undefined {
  if (typeof n !== "number") return undefined;
  if (type === "beat" || type === "bye") return { type, n };
  if (type === "steps" && Array.isArray(steps)) {
    return { type, n, steps: steps.map(parseStep).filter((step) => step !== undefined) };
  }
  if (type !== "all" || !Array.isArray(people)) return undefined;
  if (typeof part !== "number" || typeof of !== "number") return undefined;
  const known = people.map(parseWhereabouts).filter((person) => person !== undefined);
  return { type, n, part, of, people: known };
}

/** Parses what says that a person is typing in a room; undefined if it is invalid. */
export function parseTyping(text: string): { room: string; user: User } | undefined {
  try {
    const [room, id, name]: unknown[] = JSON.parse(text);
    return isRoom(room) && isId(id) && isName(name) ? { room, user: { id, name } } : undefined;
  } catch {
    return undefined;
  }
}

function parseStep(value: unknown): Step | undefined {
  if (!Array.isArray(value)) return undefined;
  const [type, a, b, c, d]: unknown[] = value;
  if (type === "rename") {
    return isId(a) && isName(b) && isVersion(c) && isName(d) ? [type, a, b, c, d] : undefined;
  }
  if (!isRoom(a) || !isId(b)) return undefined;
  if (type === "leave") return [type, a, b];
  return type === "join" && isName(c) && isVersion(d) ? [type, a, b, c, d] : undefined;
}

function parseWhereabouts(value: unknown): PersonRooms | undefined {
  if (!Array.isArray(value)) return undefined;
  const [person, rooms]: unknown[] = value;
  if (!isPerson(person) || !Array.isArray(rooms)) return undefined;
  return [person, rooms.filter(isRoom)];
}

function isPerson(value: unknown): value is NamedPerson {
  return isFields(value) && isId(value.id) && isName(value.name) && isVersion(value.version);
}

/** Sent on to clients, like the names: what is longer than any that a server makes is not one. */
function isId(value: unknown): value is string {
  return typeof value === "string" && value.length > 0 && value.length <= 64;
}

/** A plain client may have no name. */
function isName(value: unknown): value is string {
  return typeof value === "string" && value.length <= 2 * NAME_CHARACTERS;
}

/** With an infinite version, a name could never change again. */
function isVersion(value: unknown): value is number {
  return Number.isSafeInteger(value);
}
