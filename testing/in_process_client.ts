/**
 * A client without a socket, that knows what must become of each of its commands.
 *
 * @module
 */
import { frameOfLine } from "../hub/frames.ts";
import type { Format, Frame } from "../protocol/frame.ts";
import { toError } from "../lib/errors.ts";
import type { Hub } from "../hub.ts";
import type { HubCommand } from "../hub/requests.ts";
import { type Message, parseLine, type ServerLine, type User } from "../protocol/mod.ts";
import type { Subscriber } from "../hub/room.ts";
import { assert, assertEquals } from "./assert.ts";
import type { DeliveryChecker } from "./delivery_checker.ts";
import { type Resumed, RoomView } from "./room_view.ts";

/** The surroundings of an {@linkcode InProcessClient}. */
export interface ModelContext {
  readonly hub: Hub;
  readonly checker: DeliveryChecker;
  readonly maxRoomsPerClient: number;
  /** The messages that must be stored in each room, in order: the author and the id of each. */
  readonly stored: ReadonlyMap<string, string[]>;
  /** Whether the log can't be written. */
  readonly broken: boolean;
  /** The first promise that was broken. */
  failure: unknown;
  /** A person under the name of this moment. */
  user(person: number): User;
  /** Called with the kind of each event. */
  note(kind: string): void;
}

/** A change of a message. */
export interface Change {
  /** The kind of change; an emoji is a reaction. */
  readonly what: "edit" | "delete" | "pin" | "👍" | "❤️";
  /** The number of messages after it. */
  readonly back: number;
  readonly on: boolean;
  readonly id: string;
}

/** A client that waits for one answer before its next command, as the read pump does. */
export class InProcessClient implements Subscriber {
  readonly network = "192.0.2.1";
  readonly format: Format = "json";
  readonly person: number;
  /** Its rooms, by the commands that were handed to the hub. */
  readonly rooms = new Set<string>();
  readonly #model: ModelContext;
  readonly #views: Map<string, RoomView>;
  /** Commands that were not yet handed to the hub. */
  #waiting: (() => HubCommand)[] = [];
  /** The answer that its next command waits for. */
  #asking: string | undefined;
  /** The answers to come, in order. */
  readonly #answers: string[] = [];
  /** The commands that must still be answered, each once. */
  readonly #unanswered = new Set<HubCommand>();
  /** From where the `join` that is being answered resumes. */
  #resumed: Resumed = {};
  /** The ids of changes that were not answered. */
  readonly #changing = new Set<string>();
  readonly #sent = new Set<string>();
  /** The messages of which it does not yet know what became. */
  readonly #unsettled = new Set<string>();
  #ended = false;

  constructor(model: ModelContext, person: number, former?: InProcessClient) {
    this.#model = model;
    this.person = person;
    this.#views = former === undefined
      ? new Map([...model.stored.keys()].map((room) => [room, new RoomView(model.checker, room)]))
      : former.#views;
  }

  get user(): User {
    return this.#model.user(this.person);
  }

  get idle(): boolean {
    return this.#waiting.length === 0 && this.#asking === undefined;
  }

  /** True if everything that it has sent was answered. A lost answer leaves it false. */
  get answered(): boolean {
    const left = [this.#unanswered, this.#unsettled, this.#changing];
    return this.#answers.length === 0 && left.every(({ size }) => size === 0);
  }

  join(room: string, from?: number): void {
    this.#enqueue(() => {
      if (from === undefined) return { type: "join", room };
      if (this.#view(room).seen > 0) this.#model.note("resumed");
      const { seen, rev } = this.#view(room);
      return { type: "join", room, after: Math.max(0, seen + from), rev };
    });
  }

  send(room: string, id: string): void {
    this.command({ type: "send", room, id, text: `${id} of ${this.person}` });
  }

  /** Changes a message that it has seen in a room: the newest one, or one before it. */
  change(room: string, { what, back, on, id }: Change): void {
    this.#enqueue(() => {
      const target = { room, seq: Math.max(1, this.#view(room).seen - back), id };
      if (what === "edit") return { type: what, ...target, text: `${id} of ${this.person}` };
      if (what === "delete") return { type: what, ...target };
      return what === "pin"
        ? { type: what, ...target, on }
        : { type: "react", ...target, emoji: what, on };
    });
  }

  command(command: HubCommand): void {
    this.#enqueue(() => command);
  }

  offer(frames: readonly Frame[]): boolean {
    for (const text of frames.flatMap((frame) => frame.text.split("\n"))) {
      const line = parseLine(text);
      try {
        assert(line !== undefined, text);
        if (!this.#ended) this.#read(line);
      } catch (error) {
        this.#model.failure ??= error;
      }
    }
    return true;
  }

  reply(line: ServerLine, command?: HubCommand): boolean {
    if (command !== undefined && isRequest(command) && !this.#unanswered.delete(command)) {
      this.#model.failure ??= new Error(`A ${command.type} has two answers`);
    }
    const frame = frameOfLine(line, "json");
    return frame !== undefined && this.offer([frame]);
  }

  release(): void {
    if (!this.#ended) this.#model.failure ??= new Error("It was taken out without asking");
  }

  welcome(): void {}

  drop(): void {
    this.#model.failure ??= new Error("It was dropped");
  }

  dismiss(): void {
    this.#model.failure ??= new Error("It was dismissed");
  }

  fail(error: unknown): void {
    this.#model.failure ??= toError(error);
  }

  drain(): void {
    this.end();
  }

  /** The connection is no more. */
  end(): void {
    this.#ended = true;
    this.#waiting = [];
    for (const view of this.#views.values()) view.leave();
  }

  /** Compares what it knows with what is so, when nothing is under way any more. */
  conclude(
    truth: (room: string) => { last: number; rev: number; members: Map<string, string> },
  ): void {
    assertEquals(this.#answers, []);
    assertEquals([...this.#unanswered], []);
    assertEquals([...this.#unsettled], []);
    assertEquals([...this.#changing], []);
    for (const [room, view] of this.#views) {
      assertEquals(view.current, this.rooms.has(room));
      if (!view.current) continue;
      const { last, rev, members } = truth(room);
      assertEquals(view.seen, last);
      assert(view.present, `person ${this.person} has not the present state of ${room}`);
      assertEquals(view.rev, rev);
      assertEquals([...view.members].sort(), [...members].sort());
    }
  }

  #enqueue(command: () => HubCommand): void {
    this.#waiting.push(command);
    this.#pump();
  }

  #pump(): void {
    while (this.#asking === undefined) {
      const command = this.#waiting.shift()?.();
      if (command === undefined || this.#model.hub.closed) return;
      this.#foresee(command);
      if (command.type === "join" || command.type === "history") {
        this.#asking = this.#answers.at(-1);
      }
      if (isRequest(command)) this.#unanswered.add(command);
      this.#model.hub.command(this, command);
    }
  }

  /** Notes what must come of a command: the hub handles all in the order in which they are given. */
  #foresee(command: HubCommand): void {
    if (!("room" in command) || command.room === undefined) return;
    const { type, room } = command;
    if (type === "edit" || type === "delete" || type === "react" || type === "pin") {
      this.#changing.add(command.id ?? "");
    } else if (type === "changes") this.#changing.add(room);
    else if (type === "join") {
      this.#resumed = command;
      if (this.rooms.has(room) || this.rooms.size < this.#model.maxRoomsPerClient) {
        this.rooms.add(room);
        this.#answers.push(`joined ${room}`);
      } else {
        this.#answers.push(`too_many ${room}`);
      }
    } else if (!this.rooms.has(room)) {
      this.#answers.push(`not_joined ${type === "send" ? command.id : room}`);
    } else if (type === "leave") {
      this.rooms.delete(room);
      this.#answers.push(`left ${room}`);
    } else if (type === "history") {
      this.#answers.push(`history ${room}`);
    } else if (type === "send") {
      this.#sent.add(`${room} ${command.id}`);
      this.#unsettled.add(`${room} ${command.id}`);
      const own = `p${this.person} ${command.id}`;
      const stored = this.#model.stored.get(room);
      if (!this.#model.broken && !stored?.includes(own)) stored?.push(own);
    }
  }

  #read(line: ServerLine): void {
    this.#model.note(line.type === "error" ? line.code : line.type);
    switch (line.type) {
      case "joined":
        this.#answer(`joined ${line.room}`);
        if (line.changed?.length) this.#model.note("caught_up");
        this.#view(line.room).enter(line, this.#resumed);
        return this.#askOn(line.room);
      case "changed":
        this.#view(line.room).change(line);
        if (line.by === this.user.id) this.#changing.delete(line.id ?? "");
        return;
      case "deleted":
        return this.#view(line.room).delete(line);
      case "changes":
        this.#changing.delete(line.room);
        this.#view(line.room).extendChanges(line);
        return this.#askOn(line.room);
      case "ok":
        this.#changing.delete(line.id ?? "");
        return;
      case "history":
        this.#answer(`history ${line.room}`);
        this.#view(line.room).extend(line);
        return this.#askOn(line.room);
      case "left":
        this.#answer(`left ${line.room}`);
        return this.#view(line.room).leave();
      case "error":
        if (this.#changing.delete(line.ref ?? "")) return;
        if (line.code !== "storage") return this.#answer(`${line.code} ${line.ref}`);
        assert(this.#model.broken);
        for (const room of this.#views.keys()) this.#unsettled.delete(`${room} ${line.ref}`);
        return;
      case "message":
        return this.#readMessage(line);
      case "presence":
        // A room that is being entered again may still send what will be in its answer.
        assert(this.#view(line.room).inside || this.#answers.includes(`joined ${line.room}`));
        return this.#view(line.room).notice(line);
      case "renamed":
        for (const view of this.#views.values()) view.rename(line.user);
        return;
      default:
        throw new Error(`Nobody asked for ${line.type}`);
    }
  }

  #readMessage(message: Message): void {
    const { room, id, user } = message;
    const own = user.id === this.user.id;
    if (!this.#view(room).receive(message)) {
      this.#model.note("again");
      assert(own && this.#sent.has(`${room} ${id}`), `${message.seq} of ${room} came unasked`);
    }
    if (own) this.#unsettled.delete(`${room} ${id}`);
  }

  #answer(received: string): void {
    assertEquals(received, this.#answers.shift());
    if (received !== this.#asking) return;
    this.#asking = undefined;
    // The read pump continues after the hub.
    queueMicrotask(() => this.#ended || this.#pump());
  }

  #askOn(room: string): void {
    const view = this.#view(room);
    if (!view.hasAll) {
      this.#waiting.unshift(() => ({ type: "history", room, after: view.seen, limit: 200 }));
    } else if (!view.hasAllChanges) {
      this.#waiting.unshift(() => ({ type: "changes", id: room, room, rev: view.rev }));
    }
  }

  #view(room: string): RoomView {
    const view = this.#views.get(room);
    assert(view !== undefined);
    return view;
  }
}

/** Returns whether a command must be answered, and its client's next one waits for that. */
function isRequest({ type }: HubCommand): boolean {
  return type !== "send" && type !== "typing";
}
