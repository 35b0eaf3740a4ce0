/**
 * Comparing an archive with what a crowd has sent and changed.
 *
 * @module
 */
import { parseArchiveLine } from "../archive/format.ts";
import { REACTING_PEOPLE } from "../protocol/changes.ts";
import type { FileInfo, Message, Reaction } from "../protocol/mod.ts";
import { toFileInfo } from "../state/attachment_table.ts";
import { assert, assertEquals } from "./assert.ts";
import { aspectOf, PIN, placeOf } from "./pending_changes.ts";
import { EMOJI, type TestCrowd } from "./test_crowd.ts";

/**
 * Checks that an archive holds the messages that the crowd sent, each once, as it saw them and as its people have
 * changed them, and that rooms have no gaps. Returns the numbers of messages and changes.
 */
export function checkStored(
  crowd: TestCrowd,
  archive: string,
): { messages: number; changes: number } {
  const { sent, checker } = crowd;
  const rooms = Map.groupBy(messagesIn(archive), ({ room }) => room);
  for (const [room, messages] of rooms) {
    assertEquals(messages.map(({ seq }) => seq), messages.map((_, i) => i + 1));
    for (const message of messages) {
      checker.see(asShown(message, messages[(message.re ?? 0) - 1]?.user.id));
    }
    assertEquals(checker.size(room), messages.length);
    assertEquals(
      messages.filter(({ seq, rev = 0 }) => rev !== checker.rev(room, seq)),
      [],
      "their newest state",
    );
  }
  const stored = rooms.values().toArray().flat();
  assertEquals(
    stored.map(({ room, user, id }) => [room, user.id, id].join(" ")).toSorted(),
    sent.map(({ room, author, id }) => [room, author, id].join(" ")).toSorted(),
  );
  checkChanged(crowd, stored);
  return { messages: stored.length, changes: countChanges(crowd, rooms) };
}

/** A message as a client receives it: an archive names all who reacted, and not whom it `answers`. */
function asShown(stored: Message, answers: string | undefined): Message {
  const message = answers === undefined ? stored : { ...stored, answers };
  const { reactions } = message;
  if (reactions === undefined) return message;
  const shown = reactions.map(({ emoji, users, count }) => {
    return { emoji, users: users.slice(0, REACTING_PEOPLE), count };
  });
  return { ...message, reactions: shown };
}

/** Checks that each message is what its author and those who reacted have made of it. */
function checkChanged({ clients, sent }: TestCrowd, messages: readonly Message[]): void {
  const originals = new Map(
    sent.map((message) => [`${message.room} ${message.author} ${message.id}`, message]),
  );
  const changes = new Map(clients.map(({ id, changes }) => [id, changes]));
  for (const message of messages) {
    const { room, seq, id, user, text, re, edited, deleted, pinned, reactions = [] } = message;
    const place = placeOf(room, seq);
    const edits = changes.get(user.id)?.texts;
    const original = originals.get(`${room} ${user.id} ${id}`);
    const isChanged = edits?.has(place) ?? false;
    const expected = isChanged ? edits?.get(place) : original?.text;
    const isDeleted = expected === undefined;
    assertEquals(
      [text, deleted, edited !== undefined],
      [expected ?? "", isDeleted ? "author" : undefined, isChanged && !isDeleted],
      place,
    );
    assertEquals(re, isDeleted ? undefined : original?.re, place);
    const pin = aspectOf(room, seq, PIN);
    const isUnsure = changes.values().some(({ unsure }) => unsure.has(pin));
    const isPinned = changes.values().some(({ reactions }) => reactions.get(pin) === true);
    if (!isUnsure) assertEquals(pinned ?? false, isPinned && !isDeleted, `${place} pinned`);
    for (const emoji of EMOJI) {
      const aspect = aspectOf(room, seq, emoji);
      const users = reactions.find((reaction) => reaction.emoji === emoji)?.users ?? [];
      for (const [person, { reactions, unsure }] of changes) {
        if (unsure.has(aspect)) continue;
        const reacts = !isDeleted && (reactions.get(aspect) ?? false);
        assertEquals(users.includes(person), reacts, `${aspect} of ${person}`);
      }
    }
  }
}

/** The number of changes, of which none was lost and none took place twice. */
function countChanges({ clients }: TestCrowd, rooms: Map<string, Message[]>): number {
  const count = rooms.values().reduce(
    (sum, messages) => sum + Math.max(...messages.map(({ rev = 0 }) => rev)),
    0,
  );
  const surely = clients.reduce((sum, { changes }) => sum + changes.applied, 0);
  const perhaps = clients.reduce((sum, { changes }) => sum + changes.perhaps, 0);
  assert(
    surely <= count && count <= surely + perhaps,
    `${count} changes, of ${surely} and perhaps ${perhaps}`,
  );
  return count;
}

/** The messages of an archive, each with all who react to it. */
export function messagesIn(archive: string): Message[] {
  const messages: (Message & { reactions?: Reaction[] })[] = [];
  const infos = new Map<string, FileInfo>();
  for (const line of archive.trimEnd().split("\n").map(parseArchiveLine)) {
    if (line.type === "file") {
      infos.set(line.id, toFileInfo({ ...line, type: line.mime }));
    } else if (line.type === "message") {
      const { type: _, pinned, files, ...message } = line;
      messages.push({
        ...message,
        ...(files !== undefined && { files: files.flatMap((id) => infos.get(id) ?? []) }),
        ...(pinned !== undefined && { pinned: true }),
      });
    } else if (line.type === "reactions") {
      const { emoji, people: users } = line;
      const message = messages.at(-1);
      assert(message);
      (message.reactions ??= []).push({ emoji, users, count: users.length });
    }
  }
  return messages;
}
