/**
 * Compares the lines that several people receive of a private room with a model of its memberships and messages.
 * `HUBBUB_TEST_LONG=1` takes 10,000 steps, and HUBBUB_MODEL_SEED repeats those of an earlier run.
 */
import { assert, assertEquals } from "../testing/assert.ts";
import { upload } from "../testing/file_scene.ts";
import { HubOnState } from "../testing/hub_on_state.ts";
import { pick, type Random, seeded } from "../testing/random.ts";
import type { Recorder } from "../testing/recorder.ts";
import type { Message, ServerLine } from "../protocol/mod.ts";
import { AttachmentTable } from "./attachment_table.ts";
import type { Event } from "./events.ts";
import type { FileEvent } from "./kinds/file.ts";

const LONG = Deno.env.get("HUBBUB_TEST_LONG") === "1";
/** Events for each kind of history. */
const STEPS = LONG ? 10_000 : 400;
const BATCH = 12;
const SEED = Number(
  Deno.env.get("HUBBUB_MODEL_SEED") ?? (LONG ? Math.floor(Math.random() * 2 ** 32) : 7),
);

const EMOJI = ["👍", "❤️"];

/** Each text is another one, so that it tells which state of which message a line has. */
const TEXT = /text-\d+/g;

/** A member as the model has it. */
interface Member {
  /** The first message that the person may see. */
  readonly from: number;
  /** Whether the person's client is in the room. */
  here: boolean;
}

interface ModelMessage {
  readonly author: Recorder;
  /** Undefined once it is deleted. */
  text: string | undefined;
  readonly file: ModelFile | undefined;
}

/** A file that a message names, perhaps one of several. */
interface ModelFile {
  readonly id: string;
  /** Its name has another text than all messages. */
  readonly name: string;
  /** The messages that name it, or named it. */
  readonly seqs: number[];
}

/** A person of the model: the lines that they have received, and those that they may have received. */
interface Person {
  readonly client: Recorder;
  member: Member | undefined;
  /** The messages that come next, live. */
  live: string[];
  /** Every text that the person was a member for. */
  readonly mayKnow: Set<string>;
  /** The messages that the client holds, each in its newest state. */
  readonly holds: Map<number, Message>;
}

/** The room, its messages, and the people around it. */
class Model {
  readonly messages: ModelMessage[] = [];
  readonly files: ModelFile[] = [];
  readonly seen = {
    uploaded: 0,
    passedOn: 0,
    unread: 0,
    refused: 0,
    removed: 0,
    missed: 0,
    edited: 0,
    deleted: 0,
    hidden: 0,
    wiped: 0,
    cleared: 0,
  };
  readonly #random: Random;
  readonly #room: string;
  readonly #ann: Person;
  readonly #people: readonly Person[];
  readonly #history: "all" | "joined";
  #steps = 0;
  /** The messages that were there before the batch: nobody can reply to one that was not sent yet. */
  #sent = 0;

  constructor(
    random: Random,
    { room, people, history }: {
      room: string;
      people: readonly [Person, ...Person[]];
      history: "all" | "joined";
    },
  ) {
    [this.#random, this.#room, this.#people] = [random, room, people];
    [this.#ann] = people;
    this.#history = history;
  }

  /** Returns random events, after which the model is as the state should be. */
  batch(size: number): Event[] {
    this.#sent = this.messages.length;
    return Array.from({ length: size }, () => this.#next()).flat();
  }

  #next(): Event | Event[] {
    const person = pick(this.#random, this.#people);
    const what = this.#random();
    if (what < 0.4) return this.#send(person);
    if (what < 0.7 && this.messages.length > 0) return this.#change(person);
    if (what > 0.96) return this.#wipe(person);
    return this.#move(person, what);
  }

  /** The texts of the newest messages that a person may see, as they are now. */
  visibleTo({ member }: Person): string[] {
    return this.messages.slice((member?.from ?? 1) - 1).slice(-50).map(({ text = "" }) => text);
  }

  /** Returns whether a person may read a file. */
  mayRead({ member }: Person, { seqs }: ModelFile): boolean {
    const naming = seqs.filter((seq) => this.messages[seq - 1]?.text !== undefined);
    return member !== undefined && naming.some((seq) => seq >= member.from);
  }

  #send(person: Person): Event[] {
    const { client, member } = person;
    const text = `text-${this.#steps++}`;
    const known = this.files.at(-1 - Math.floor(this.#random() * 10));
    const isKnown = known !== undefined && this.mayRead(person, known);
    const upload = this.#random() < 0.3 && member !== undefined
      ? newFile(client, `text-${this.#steps++}`)
      : undefined;
    const file = upload ? toModel(upload) : isKnown ? known : undefined;
    if (upload && file) {
      this.files.push(file);
      this.seen.uploaded++;
    } else if (isKnown && member !== undefined) this.seen.passedOn++;
    if (member === undefined) this.seen.refused++;
    else {
      this.messages.push({ author: client, text, file });
      this.#know(this.messages.length, text);
      if (file !== undefined) {
        file.seqs.push(this.messages.length);
        this.#know(this.messages.length, file.name);
      }
      for (const { member, live } of this.#people) if (member?.here) live.push(text);
    }
    const re = this.#seq();
    const id = `id-${this.#steps}`;
    const event: Event = {
      ...{ type: "message", room: this.#room, id, user: client.user, text },
      ...(re <= this.#sent && { re }),
      ...(file !== undefined && { files: [file.id] }),
    };
    return upload === undefined ? [event] : [upload, event];
  }

  /** The `seq` of a message, mostly of a new one. */
  #seq(): number {
    const back = Math.floor(this.#random() * (this.#random() < 0.7 ? 10 : this.messages.length));
    return Math.max(1, this.messages.length - back);
  }

  #change(somebody: Person): Event {
    const seq = this.#seq();
    const message = this.messages[seq - 1];
    // Mostly its author.
    const author = this.#people.find(({ client }) => client === message?.author) ?? somebody;
    const { client, member } = this.#random() < 0.6 ? author : somebody;
    const person = client.user.id;
    const place = { room: this.#room, seq, person };
    const isVisible = member !== undefined && seq >= member.from;
    if (!isVisible) this.seen.hidden++;
    const isOwn = isVisible && message?.author === client && message.text !== undefined;
    const what = this.#random();
    const on = this.#random() < 0.6;
    if (what < 0.4) {
      const text = `text-${this.#steps++}`;
      if (isOwn) {
        message.text = text;
        this.#know(seq, text);
        this.seen.edited++;
      }
      return { type: "edit", ...place, id: `id-${this.#steps}`, text };
    }
    if (what < 0.6) {
      if (message && (isOwn || client === this.#ann.client)) {
        message.text = undefined;
        this.seen.deleted++;
      }
      return { type: "delete", ...place };
    }
    if (what < 0.7) return { type: "pin", ...place, on };
    if (what < 0.8) {
      const emoji = on ? { emoji: pick(this.#random, EMOJI) } : {};
      if (message?.text !== undefined) this.seen.cleared++;
      const by = this.#random() < 0.7 ? this.#ann.client.user.id : person;
      return { type: "clear_reactions", ...place, person: by, ...emoji };
    }
    return { type: "react", ...place, emoji: pick(this.#random, EMOJI), on };
  }

  /** Removes what somebody has written. */
  #wipe({ client }: Person): Event {
    const [person, by] = [client.user.id, this.#ann.client.user.id];
    const event = { type: "remove_messages", room: this.#room, person, by } as const;
    if (person === by) return event;
    for (const message of this.messages) {
      if (message.author !== client || message.text === undefined) continue;
      message.text = undefined;
      this.seen.wiped++;
    }
    return event;
  }

  /** Adds somebody, or has somebody leave. */
  #move(who: Person, what: number): Event {
    const { client, member, mayKnow, holds } = who;
    const [room, person, by] = [this.#room, client.user.id, this.#ann.client.user.id];
    if (who === this.#ann) {
      return { type: "room_setting", room, by, setting: "topic", value: `t${this.#steps++}` };
    }
    if (member === undefined) {
      const from = this.#history === "all" ? 1 : this.messages.length + 1;
      who.member = { from, here: false };
      for (const { text, file } of this.messages.slice(from - 1)) {
        if (text === undefined) continue;
        mayKnow.add(text);
        if (file !== undefined) mayKnow.add(file.name);
      }
      return { type: "room_member", room, person, by };
    }
    this.seen.removed++;
    who.member = undefined;
    holds.clear();
    if (what < 0.85) return { type: "leave", person, room };
    return { type: "room_removal", room, person, reason: "", by };
  }

  #know(seq: number, text: string): void {
    for (const { member, mayKnow } of this.#people) {
      if (member !== undefined && seq >= member.from) mayKnow.add(text);
    }
  }
}

function newFile(client: Recorder, name: string): FileEvent {
  return upload(client, { name: `${name}.png` });
}

function toModel({ id, name }: FileEvent): ModelFile {
  return { id, name: name.replace(".png", ""), seqs: [] };
}

for (const history of ["all", "joined"] as const) {
  Deno.test(`everyone receives of a room with history ${history} what a model of its members says (seed ${SEED})`, async () => {
    const random = seeded(SEED);
    await using the = new HubOnState();
    const ann = the.person("ann");
    const created = await the.ask(ann, {
      ...{ type: "create", kind: "private", title: "Board", topic: "", history },
    });
    assert(created.type === "created");
    const { room } = created;
    const person = (client: Recorder): Person => {
      return { client, member: undefined, live: [], mayKnow: new Set(), holds: new Map() };
    };
    const first: Person = { ...person(ann), member: { from: 1, here: false } };
    const others = ["bob", "carl", "dan", "eve"].map((name) => person(the.person(name)));
    const people = [first, ...others] as const;
    const model = new Model(random, { room, people: [first, ...others], history });

    /** Reads what a client was sent since the last time, and compares it with what the person may know. */
    function read(who: Person): ServerLine[] {
      const { client, mayKnow, holds, member } = who;
      const lines = client.lines;
      client.frames.length = 0;
      for (const line of lines) {
        // A person who returns may see less, and receives no change of earlier messages.
        if (line.type === "left") holds.clear();
        const printed = JSON.stringify(line);
        for (const [text] of printed.matchAll(TEXT)) {
          assert(mayKnow.has(text), `${client.user.name} was sent ${text} in ${printed}`);
        }
        for (const message of [...messagesOf(line), ...deletedBy(line, holds)]) {
          const held = holds.get(message.seq);
          if ((held?.rev ?? -1) < (message.rev ?? 0)) holds.set(message.seq, message);
        }
      }
      const last = lines.findLast((line) => JSON.stringify(line).includes(room));
      if (member === undefined) {
        holds.clear();
        assert(last === undefined || last.type === "left" || last.type === "error", last?.type);
      }
      return lines;
    }

    for (let steps = 0; steps < STEPS;) {
      for (const who of people) {
        const { client, member, live } = who;
        if (member === undefined || member.here) continue;
        await the.join(client, room);
        member.here = true;
        live.length = 0;
        const joined = client.all("joined").at(-1);
        const visible = model.visibleTo(who);
        if (visible.length < model.messages.length) model.seen.missed++;
        assertEquals(joined?.messages.map(({ text }) => text), visible);
        assertEquals(joined?.first, member.from);
        read(who);
      }
      const size = 1 + Math.floor(random() * BATCH);
      steps += size;
      the.append(...model.batch(size));
      await the.ask(ann, { type: "members", room });
      const asker = pick(random, people);
      const seq = 1 + Math.floor(random() * model.messages.length);
      const commands = [
        { type: "changes", room, rev: Math.floor(random() * steps) },
        { type: "pins", room },
        { type: "files", room },
        { type: "reactions", room, seq, emoji: pick(random, EMOJI) },
      ] as const;
      const answer = await the.ask(asker.client, pick(random, commands));
      assertEquals(answer.type === "error" && answer.code !== "bad_value", !asker.member);
      for (const { seq } of messagesOf(answer)) assert(seq >= (asker.member?.from ?? Infinity));
      const files = model.files.slice(-20);
      for (const who of people) {
        for (const file of files) {
          const isReader = model.mayRead(who, file);
          const { name, id } = who.client.user;
          assertEquals(the.store.permissions.mayReadFile(id, file.id), isReader, name);
          if (!isReader) model.seen.unread++;
        }
        const texts = read(who).filter((line) => line.type === "message").map(({ text }) => text);
        assertEquals(texts, who.live, `${who.client.user.name} after ${steps} steps`);
        who.live.length = 0;
      }
    }

    // Everyone ends with the present state of what they hold: the last changes are sent a little later.
    const { messages } = await the.store.messages.read({ room, after: 0, limit: 1e6, bytes: 1e9 });
    assertEquals(messages.map(({ text }) => text), model.messages.map(({ text = "" }) => text));
    const now = new Map(messages.map((message) => [message.seq, message]));
    for (const who of people) {
      const { client, holds, member } = who;
      await client.until(() => {
        read(who);
        return holds.values().every(({ seq, rev }) => rev === now.get(seq)?.rev);
      });
      const from = member?.from ?? Infinity;
      const visible = messages.filter(({ seq }) => seq >= from);
      // They name no author of what the person may not see.
      const seen = new Map(visible.map((message) => {
        const { answers: _, ...unnamed } = message;
        return [message.seq, (message.re ?? from) < from ? unnamed : message];
      }));
      assertEquals([...holds.values()], [...holds.keys()].map((seq) => seen.get(seq)));
    }
    // A file that no message names is gone.
    const named = new Set(
      model.messages.flatMap(({ text, file }) => text === undefined ? [] : file?.id ?? []),
    );
    const kept = [...new AttachmentTable(the.store.state.database.db).all()].map(({ id }) => id);
    assertEquals(new Set(kept), named);
    // Without this, a life in which nothing happens would pass as well.
    for (const [what, times] of Object.entries(model.seen)) {
      assert(times > 2 || (what === "missed" && history === "all"), `${what}: ${times} times`);
    }
  });
}

/** The messages that a line deletes, of those that a client holds. */
function deletedBy(line: ServerLine, holds: ReadonlyMap<number, Message>): Message[] {
  if (line.type !== "deleted") return [];
  return line.messages.flatMap(([seq, rev]) => {
    const held = holds.get(seq);
    if (held === undefined) return [];
    const { room, id, user, at } = held;
    return [{ room, seq, id, user, text: "", at, deleted: line.deleted, rev }];
  });
}

/** The messages that a line has. */
function messagesOf(line: ServerLine): readonly Message[] {
  switch (line.type) {
    case "message": {
      const { type: _, ...message } = line;
      return [message];
    }
    case "changed":
      return [line.message];
    case "joined":
      return [...line.messages, ...line.changed ?? []];
    case "changes":
    case "files":
    case "pins":
    case "history":
      return line.messages;
    default:
      return [];
  }
}
