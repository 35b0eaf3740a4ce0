import type { DatabaseSync, SQLInputValue } from "node:sqlite";
import { statementsOf } from "../lazy_statements.ts";
import { type Apply, isNumber, isText, type Kind } from "../kind.ts";
import { ChangeTable } from "../change_table.ts";
import { type Fields, isList } from "../../protocol/fields.ts";
import type { Effect } from "../../hub/effects.ts";
import { MENTIONS_LIMIT } from "../mentions.ts";
import { MEMBERSHIPS_LIMIT, MembershipTable } from "../membership_table.ts";
import { type Author, mayWrite, MessageAuthors } from "../message_authors.ts";
import { type EventOutcome, NO_ROOM, refused } from "../outcome.ts";
import { Permissions } from "../permissions.ts";
import { LASTING } from "../restrictions.ts";
import { RoomRules, type RoomVerdict } from "../room_rules.ts";
import {
  DEFAULT_ROOM,
  EVERYONE,
  type FileInfo,
  isFileIds,
  type Message,
  type User,
} from "../../protocol/mod.ts";
import { toFileInfo } from "../attachment_table.ts";
import { MINUTE_MS } from "../../lib/time.ts";
import { type DatabaseRow, integer, MESSAGE_COLUMNS, toMessage } from "../rows.ts";
import { isRepeated } from "../storage_error.ts";

/** Somebody sends a message to a room. */
export interface MessageEvent {
  readonly type: "message";
  readonly room: string;
  /** The sender's own id for it, unique for the person and the room. */
  readonly id: string;
  /** The sender, under the name of that moment. */
  readonly user: User;
  /** Well-formed Unicode: SQLite stores UTF-8, which has no lone surrogates. */
  readonly text: string;
  /** The ids of the people whom the text mentions, and `EVERYONE`, as the sender's server has read it. */
  readonly mentions?: readonly string[];
  /** The `seq` of the message that it replies to. */
  readonly re?: number;
  /** The ids of the files that it names, of which `apply` checks that its author may name them. */
  readonly files?: readonly string[];
}

/** The rows that one statement inserts: more gain little, and cost more when an id repeats. */
const ROWS = 8;
const ROW = "(?, ?, ?, ?, ?, ?, ?)";
const INTO = "into message (room, seq, author, id, at, name, text) values";

/** Every statement. Exported for the test that checks that each of them uses an index. */
export const MESSAGE_SQL = {
  room: `
    select id, first, last, oldest, minute,
      exists (select 1 from edit where edit.room = room.id) as edited,
      kind <> 'public' or posting <> 'all' or guests = 0 or slow > 0 or archived = 1 as strict,
      history = 'joined' as partial
    from room where name = ?
  `,
  addRoom: "insert into room (name) values (?)",
  beginRoom: "update room set oldest = ? where id = ?",
  growRoom: "update room set last = ?, newest = ? where id = ?",
  moveRoom: "update room set minute = ? where id = ?",
  add: `insert ${INTO} ${ROW} on conflict (id, author, room) do nothing`,
  // "or fail" keeps the rows before the one that fails. To take them back, SQLite would first have to
  // copy every page that the statement changes: that made 16 rooms cost 1.6 times as much.
  addMany: `insert or fail ${INTO} ${Array(ROWS).fill(ROW).join()}`,
  isThere: "select 1 from message where room = ? and seq = ?",
  original: `
    select ${MESSAGE_COLUMNS} from message join author on author.id = message.author
    where message.id = ?3 and message.author = ?1 and message.room = ?2
  `,
};

/** The number of rooms that are remembered from one batch to the next. */
const REMEMBERED = 10_000;

/** A room as the events find it and as they leave it. */
interface RoomTail {
  readonly id: number;
  last: number;
  /** Whether it held no message before these events. */
  empty: boolean;
  /** The minute of its newest message before these events. */
  minute: number | undefined;
  /** Whether these events added one. */
  grown: boolean;
  /** The oldest `seq` kept. */
  readonly first: number;
  /** Whether messages of it were edited, even with the same text. */
  readonly edited: boolean;
  /** Whether the room has rules of its own; see {@linkcode RoomRules}. */
  readonly strict: boolean;
  /** Whether its members may each see it from another message on. */
  readonly partial: boolean;
  /** The member who makes the room by a first message. */
  readonly creator?: string;
}

/** A message that is about to be inserted. */
interface Candidate {
  readonly room: RoomTail;
  readonly author: number;
  readonly event: MessageEvent;
  /** The descriptions of the files that it names. */
  readonly files?: readonly FileInfo[];
}

const NO_ORIGINAL = refused("bad_value", "there is no message that it replies to");

export const messageKind: Kind<MessageEvent> = {
  parse({ room, id, user, text, mentions, re, files }: Fields): MessageEvent | undefined {
    if (!isText(room) || !isText(id) || typeof text !== "string" || !text.isWellFormed()) {
      return undefined;
    }
    if (typeof user !== "object" || user === null || !("id" in user && "name" in user)) {
      return undefined;
    }
    const { id: person, name } = user;
    if (!isText(person) || typeof name !== "string") return undefined;
    if (re !== undefined && !isNumber(re)) return undefined;
    if (files !== undefined && !isFileIds(files)) return undefined;
    const event: MessageEvent = {
      ...{ type: "message", room, id, user: { id: person, name }, text },
      ...(re !== undefined && { re }),
      ...(files !== undefined && { files }),
    };
    if (mentions === undefined) return event;
    return isList(mentions, isText) && mentions.length <= MENTIONS_LIMIT
      ? { ...event, mentions }
      : undefined;
  },

  prepare: prepareMessages,
};

/**
 * Inserts several rows by one statement, which costs less than one statement for each. Of the rare
 * group with a repeated id, SQLite inserts the rows before it; the rest are inserted one by one.
 */
function prepareMessages(db: DatabaseSync): Apply<MessageEvent> {
  const permissions = new Permissions(db);
  const memberships = new MembershipTable(db);
  const changes = new ChangeTable(db);
  const rules = new RoomRules(db, permissions);
  const authors = new MessageAuthors(db, permissions);
  const sql = statementsOf(db, MESSAGE_SQL);

  /** Returns a room, which is made if the author may; else undefined. */
  function findRoom(event: MessageEvent, at: number): RoomTail | undefined {
    const { room: name, user: { id: author }, re, files = [] } = event;
    const row = sql.room.get(name);
    if (row === undefined) {
      // There is nothing yet to reply to. Nothing is made for a message that is refused.
      if (re !== undefined || !permissions.mayMake(author, name)) return undefined;
      if ("type" in permissions.nameableFiles(author, files)) return undefined;
      const id = Number(sql.addRoom.run(name).lastInsertRowid);
      const room = {
        ...{ id, first: 1, last: 0, empty: true, minute: undefined, grown: false },
        ...{ edited: false, strict: false, partial: false },
      };
      return beginMembership(name, id, author, at) ? { ...room, creator: author } : room;
    }
    return {
      ...{ id: integer(row.id), first: integer(row.first), last: integer(row.last) },
      empty: row.oldest === null,
      minute: row.minute === null ? undefined : integer(row.minute),
      grown: false,
      ...{ edited: row.edited === 1, strict: row.strict === 1, partial: row.partial === 1 },
    };
  }

  /** Makes whoever creates a room its first member and moderator. Returns false for a guest. */
  function beginMembership(name: string, roomId: number, person: string, at: number): boolean {
    if (!permissions.mayBecomeMember(person)) return false;
    if (memberships.count(person) >= MEMBERSHIPS_LIMIT) return false;
    const role = name === DEFAULT_ROOM ? "member" : "moderator";
    memberships.add({ person, roomId, role, read: 0, at });
    rules.forgetList(person);
    return true;
  }

  /** Judges a message by the rules of its room. One that was stored before is answered by that one, except to outsiders. */
  function judge(event: MessageEvent, author: Author, at: number, insert: () => void): RoomVerdict {
    const { room, user } = event;
    // A repeated one changes nothing: it does not bring a direct room back to those who have hidden it.
    const original = findOriginal(event, author);
    if (original !== undefined && permissions.mayRead(user.id, room)) return original;
    const verdict = rules.judge({
      ...{ room, person: user.id, at },
      author: author.id,
      addAuthor: () => authors.rowOf(author, user.id),
    });
    const code = "type" in verdict && verdict.type === "refused" ? verdict.code : undefined;
    // The one before may have the same id.
    if (code === "rate_limited") insert();
    if (!("type" in verdict) || code === "no_room") return verdict;
    return findOriginal(event, author) ?? verdict;
  }

  function findOriginal(event: MessageEvent, author: Author): EventOutcome | undefined {
    const row = sql.room.get(event.room);
    const original = row && sql.original.get(author.id, integer(row.id), event.id);
    return row && original ? duplicate(event, integer(row.id), original) : undefined;
  }

  /** Refuses a message; one that was stored before is still answered by that one. */
  function refuse(event: MessageEvent, author: Author, at: number): EventOutcome {
    const { room, user: { id: person }, re, files = [] } = event;
    const original = permissions.mayRead(person, room) ? findOriginal(event, author) : undefined;
    if (original) return original;
    if (author.banned) return refused("forbidden", "you are banned");
    if (author.isGuest) return refused("forbidden", "guests may not write: take a name first");
    if (author.muted <= at) {
      if (!permissions.mayRead(person, room)) return refused(...NO_ROOM);
      if (!permissions.mayMake(person, room)) {
        return refused("forbidden", "you may not create rooms");
      }
      const named = permissions.nameableFiles(person, files);
      return re === undefined && "type" in named ? named : NO_ORIGINAL;
    }
    const lasts = author.muted === LASTING;
    return {
      ...{ type: "refused", code: "muted", reason: "you are muted" },
      ...(!lasts && { retry: author.muted - at }),
    };
  }

  /** Returns a message as its room can take it, or why it can't: because of its id, or of what it replies to. */
  function resolve(
    event: MessageEvent,
    room: RoomTail,
    author: Author,
  ): MessageEvent | EventOutcome {
    const { id, user, room: name, re } = event;
    if (room.edited && changes.editedBy(room.id, author.id, id) !== undefined) {
      return refused("bad_id", "the id is that of an edit");
    }
    if (re === undefined) return event;
    if (re > room.last) {
      return findOriginal(event, author) ?? NO_ORIGINAL;
    }
    const from = permissions.viewOf(user.id, name)?.from ?? Infinity;
    if (re >= Math.max(room.first, from)) return event;
    // It is gone, as far as the author may know. The message is still stored.
    const { re: _, ...alone } = event;
    return alone;
  }

  /** Returns the files that a message names, or the refusal of one whose author may not name them. */
  function findFiles(
    event: MessageEvent,
    author: Author,
    roomId: number,
  ): readonly FileInfo[] | EventOutcome {
    const named = permissions.nameableFiles(event.user.id, event.files ?? [], roomId);
    // Those of one that was sent before may be gone with it.
    return "type" in named ? findOriginal(event, author) ?? named : named.map(toFileInfo);
  }

  /** Returns an outcome that tells something of a room; to outsiders there is no such room. */
  function withinRoom({ room, user }: MessageEvent, outcome: EventOutcome): EventOutcome {
    return permissions.mayRead(user.id, room) ? outcome : refused(...NO_ROOM);
  }

  function addOne({ room, author, event, files }: Candidate, at: number): EventOutcome {
    const { id, user, text } = event;
    const seq = room.last + 1;
    if (sql.add.run(room.id, seq, author, id, at, user.name, text).changes === 0) {
      const original: DatabaseRow | undefined = sql.original.get(author, room.id, id);
      return duplicate(event, room.id, original);
    }
    room.last = seq;
    return grow(room, messageOf(event, seq, at, files));
  }

  function duplicate(event: MessageEvent, roomId: number, row?: DatabaseRow): EventOutcome {
    const { room, user, text } = event;
    const message = toMessage(room, row);
    // Its author, who came back since, may not know what has become of it.
    const from = permissions.viewOf(user.id, room)?.from ?? Infinity;
    if (message.seq < from) return { type: "duplicate", message: { ...message, text } };
    return { type: "duplicate", message: changes.present(roomId, [message])[0] ?? message };
  }

  function messageOf(
    event: MessageEvent,
    seq: number,
    at: number,
    files?: readonly FileInfo[],
  ): Message {
    const { room, id, user, text, re } = event;
    let message: Message = { room, seq, id, user, text, at };
    if (re !== undefined) message = { ...message, re };
    if (files !== undefined) message = { ...message, files };
    if (event.mentions === undefined) return message;
    const mentions = permissions.mentionable(user.id, room, event.mentions);
    return mentions.length === 0 ? message : { ...message, mentions };
  }

  function grow(room: RoomTail, message: Message): EventOutcome {
    const opens = room.empty && !room.grown;
    room.grown = true;
    const { mentions = [], re, files } = message;
    if (files !== undefined) changes.files.add(room.id, message.seq, files.map(({ id }) => id));
    if (!opens && message.mentions === undefined && re === undefined) {
      return { type: "message", message };
    }
    const answered = re === undefined ? undefined : changes.replies.add(room.id, message.seq, re);
    changes.mentions.add(room.id, message.seq, mentions);
    const told = new Set(mentions);
    if (answered !== undefined && answered !== message.user.id) told.add(answered);
    told.delete(EVERYONE);
    const effects = [...told].map((person): Effect => ({
      ...{ type: "membership", person, room: message.room, late: true },
    }));
    const { creator: person } = room;
    if (opens && person !== undefined) {
      effects.push({ type: "membership", person, room: message.room });
    }
    return {
      ...{ type: "message" },
      message: answered === undefined ? message : { ...message, answers: answered },
      ...(answered !== undefined && room.partial && { partial: true as const }),
      ...(opens && { opens }),
      ...(effects.length > 0 && { effects }),
    };
  }

  /** Adds {@linkcode ROWS} messages, up to the first whose id is already there. */
  function addMany(candidates: readonly Candidate[], at: number): EventOutcome[] {
    const added: [RoomTail, Message][] = [];
    const values: SQLInputValue[] = [];
    for (const { room, author, event, files } of candidates) {
      const { id, user, text } = event;
      const seq = ++room.last;
      values.push(room.id, seq, author, id, at, user.name, text);
      added.push([room, messageOf(event, seq, at, files)]);
    }
    try {
      sql.addMany.run(...values);
    } catch (error) {
      if (!isRepeated(error, "message.id")) throw error;
      const missing = added.findIndex(([room, { seq }]) => !sql.isThere.get(room.id, seq));
      for (const [room] of added.splice(missing)) room.last--;
    }
    return added.map(([room, message]) => grow(room, message));
  }

  // Remembered while nothing but messages is applied: to read them for each message took a tenth of its commit.
  const rooms = new Map<string, RoomTail>();

  return (events, at, goesOn) => {
    if (!goesOn || rooms.size > REMEMBERED) rooms.clear();
    if (!goesOn) rules.forget();
    authors.begin(goesOn);
    const refusals = new Map<number, EventOutcome>();
    const candidates: Candidate[] = [];
    /** The effects of candidates, by their index. */
    const effects = new Map<number, readonly Effect[]>();
    const outcomes: EventOutcome[] = [];
    const insert = () => {
      for (let i = outcomes.length; i < candidates.length; i = outcomes.length) {
        const group = candidates.slice(i, i + ROWS);
        if (group.length === ROWS) outcomes.push(...addMany(group, at));
        for (const candidate of candidates.slice(outcomes.length, i + group.length)) {
          outcomes.push(addOne(candidate, at));
        }
      }
    };
    for (const [i, event] of events.entries()) {
      const author = authors.of(event.user.id);
      // It may reply to one before it, or name a file that its author knows from there.
      if (event.re !== undefined || event.files !== undefined) insert();
      const room = mayWrite(author, at) ? rooms.get(event.room) ?? findRoom(event, at) : undefined;
      if (room === undefined) {
        refusals.set(i, refuse(event, author, at));
        continue;
      }
      rooms.set(event.room, room);
      const resolved = room.edited || event.re !== undefined ? resolve(event, room, author) : event;
      if (resolved.type !== "message" || !("text" in resolved)) {
        refusals.set(i, withinRoom(event, resolved));
        continue;
      }
      const files = event.files === undefined ? undefined : findFiles(event, author, room.id);
      if (files !== undefined && "type" in files) {
        refusals.set(i, withinRoom(event, files));
        continue;
      }
      const verdict = room.strict ? judge(event, author, at, insert) : undefined;
      if (verdict !== undefined && "type" in verdict) refusals.set(i, verdict);
      else {
        if (verdict !== undefined && verdict.length > 0) effects.set(candidates.length, verdict);
        const candidate = { event: resolved, room, author: authors.rowOf(author, event.user.id) };
        candidates.push(files === undefined ? candidate : { ...candidate, files });
      }
    }
    insert();
    for (const [i, more] of effects) {
      const outcome = outcomes[i];
      if (outcome?.type === "message") {
        outcomes[i] = { ...outcome, effects: [...more, ...outcome.effects ?? []] };
      }
    }
    const now = Math.floor(at / MINUTE_MS);
    for (const room of new Set(candidates.map(({ room }) => room))) {
      if (!room.grown) continue;
      if (room.empty) sql.beginRoom.run(at, room.id);
      sql.growRoom.run(room.last, at, room.id);
      if (room.minute !== now) sql.moveRoom.run(now, room.id);
      Object.assign(room, { empty: false, minute: now, grown: false });
    }
    // Ascending, so that each index is the one in what is returned.
    for (const [i, outcome] of refusals) outcomes.splice(i, 0, outcome);
    return outcomes;
  };
}
