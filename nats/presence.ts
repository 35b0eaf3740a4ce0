/**
 * Presence and typing over plain subjects of NATS.
 *
 * @module
 */
import type { Subscription } from "@nats-io/transport-node";
import { Channel } from "../lib/channel.ts";
import { nextTurn } from "../lib/event_loop.ts";
import type { Nats } from "./connection.ts";
import type { SharedPresence, SharedPresenceChange } from "../hub/shared_presence.ts";
import {
  cut,
  cutPeople,
  parsePresenceMessage,
  parseTyping,
  type PresenceMessage,
  type Step,
} from "./presence_messages.ts";
import type { User } from "../protocol/mod.ts";
import { type PersonRooms, Roster } from "../hub/roster.ts";
import { deadline } from "../lib/std.ts";

export interface NatsPresenceOptions {
  /** Prefix of the names of all subjects; by default `hubbub`. */
  readonly prefix?: string;
  /** This server's id, of letters and digits; no other server, nor a former one, has it. */
  readonly server: string;
  /** Called when a person was renamed on another server, before the change appears. */
  readonly onRenamed?: ((user: User) => void) | undefined;
}

/** The interval of a server's heartbeat, in ms, which bounds how long a lost line goes unnoticed. */
const BEAT_MS = 500;
/** A server that has sent nothing for this long, in ms, is dead: its people leave the lists. */
const DEAD_MS = 5000;
/** The least interval between two requests to one server, and between two replies with all people, in ms. */
const ASK_MS = 150;
/** The longest time that a goodbye may take, in ms. */
const BYE_MS = 1000;
/** The time for which a reply repeats the rename of a person who is not on this server, in ms. */
const RENAME_MS = 60_000;
/** The time by which the notice of a rename may precede the name in the store, in ms. */
const RECENT_MS = 2000;

/** The facts that are known about another server. */
interface OtherServer {
  /** The number of its last line that was understood; undefined while some are missing. */
  n: number | undefined;
  /** When it last sent something, by `performance.now()`. */
  heard: number;
  asked: number;
  /** The parts of all its people, until the last part is there. */
  parts: { n: number; people: PersonRooms[] } | undefined;
}

/**
 * Each server publishes what happens to its people, and numbers its lines. A server that has missed a
 * line, or has just started, requests all of them.
 *
 * While NATS is lost, no other server counts as dead: it is this server that is cut off.
 */
export class NatsPresence implements SharedPresence {
  readonly #nats: Nats;
  readonly #prefix: string;
  readonly #server: string;
  readonly changes = new Channel<SharedPresenceChange>({ capacity: Infinity, resume: nextTurn });
  readonly #roster: Roster;
  readonly #peers = new Map<string, OtherServer>();
  readonly #subscriptions: Subscription[];
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #watch: Disposable;
  #steps: Step[] = [];
  #renames: { step: Step; at: number }[] = [];
  /** The number of the last line published. */
  #n = 0;
  #told = -Infinity;
  #telling: ReturnType<typeof setTimeout> | undefined;
  #ticked = performance.now();
  #closed = false;

  constructor(nats: Nats, { prefix = "hubbub", server, onRenamed }: NatsPresenceOptions) {
    this.#nats = nats;
    this.#roster = new Roster((change, from) => {
      // This server's own people have their new name already.
      if (change.type === "renamed" && from !== server) onRenamed?.(change.user);
      this.changes.trySend(change);
    });
    this.#prefix = prefix;
    this.#server = server;
    const hear = (subject: string, heard: (text: string, from: string) => void) =>
      nats.hear(`${prefix}.${subject}`, (from, text) => {
        if (from !== server) heard(text, from);
      });
    this.#subscriptions = [
      hear("presence", (text, from) => this.#hear(from, text)),
      hear("typing", (text) => this.#hearTyping(text)),
      // Asked is the server that the text names, or every one.
      hear("whereabouts", (text) => {
        if ([server, ""].includes(text)) this.#tellAllSoon();
      }),
    ];
    this.#timer = setInterval(() => this.#tick(), BEAT_MS);
    this.#watch = nats.onOutage({ lost: () => {}, back: () => this.#introduce() });
    this.#introduce();
  }

  join(room: string, { id, name }: User): void {
    const known = this.#roster.person(id);
    const person = known === undefined || known.name === name
      ? { id, name, version: known?.version ?? 0 }
      // The name changed without a notice: a person who joins now has the name of the store. A moment ago
      // a notice may have overtaken it: then that name is newer.
      : this.#roster.wasRenamedWithin(id, RECENT_MS)
      ? known
      : { id, name, version: this.#roster.nextVersion() };
    this.#roster.join(this.#server, room, person);
    this.#step(["join", room, id, person.name, person.version]);
  }

  leave(room: string, person: string): void {
    this.#roster.leave(this.#server, room, person);
    this.#step(["leave", room, person]);
  }

  rename({ id, name }: User, was: string): void {
    const version = this.#roster.nextVersion();
    this.#roster.rename(this.#server, { id, name, version }, was);
    const step: Step = ["rename", id, name, version, was];
    this.#renames.push({ step, at: performance.now() });
    this.#step(step);
  }

  typing(room: string, user: User): void {
    this.changes.trySend({ type: "typing", room, user });
    // Nobody is seen to write before being seen to come.
    this.#tellSteps();
    if (!this.#nats.connected) return;
    this.#publish("typing", JSON.stringify([room, user.id, user.name]));
  }

  members(room: string): ReadonlyMap<string, User> {
    return this.#roster.members(room);
  }

  get rooms(): ReadonlyMap<string, ReadonlyMap<string, User>> {
    return this.#roster.rooms;
  }

  #step(step: Step): void {
    if (this.#steps.push(step) === 1) nextTurn(() => this.#tellSteps());
  }

  #tellSteps(): void {
    const steps = this.#steps;
    this.#steps = [];
    // While cut off, nobody receives it; afterwards, everyone receives all of it.
    if (!this.#nats.connected || this.#closed) return;
    for (const part of cut(steps)) this.#tell({ type: "steps", n: ++this.#n, steps: part });
  }

  #tellAllSoon(): void {
    if (this.#telling !== undefined) return;
    const wait = Math.max(0, this.#told + ASK_MS - performance.now());
    this.#telling = setTimeout(() => {
      this.#telling = undefined;
      if (this.#nats.connected) this.#tellAll();
    }, wait);
  }

  #tellAll(): void {
    this.#told = performance.now();
    this.#tellSteps();
    const parts = cutPeople(this.#roster.peopleOf(this.#server));
    if (parts.length === 0) parts.push([]);
    parts.forEach((people, part) =>
      this.#tell({ type: "all", n: ++this.#n, part, of: parts.length, people })
    );
    this.#renames = this.#renames.filter(({ at }) => at > this.#told - RENAME_MS);
    const renames = this.#renames.map(({ step }) => step);
    for (const steps of cut(renames)) this.#tell({ type: "steps", n: ++this.#n, steps });
  }

  #tell(line: PresenceMessage): void {
    this.#publish("presence", JSON.stringify({ ...line, newest: this.#roster.newest }));
  }

  /** Sends everything and requests everything, because nobody knows what was missed. */
  #introduce(): void {
    for (const peer of this.#peers.values()) peer.heard = performance.now();
    this.#tellAll();
    this.#publish("whereabouts", "");
  }

  #publish(subject: string, text: string): void {
    this.#nats.connection.publish(`${this.#prefix}.${subject}.${this.#server}`, text);
  }

  #tick(): void {
    const now = performance.now();
    // After a halt of this process, what the others have said meanwhile is still to be read.
    if (now - this.#ticked > 2 * BEAT_MS || !this.#nats.connected) {
      for (const peer of this.#peers.values()) peer.heard = now;
    }
    this.#ticked = now;
    if (!this.#nats.connected) return;
    this.#tell({ type: "beat", n: this.#n });
    for (const [server, { heard }] of this.#peers) {
      if (now - heard > DEAD_MS) this.#forget(server);
    }
  }

  #forget(server: string): void {
    this.#peers.delete(server);
    this.#roster.drop(server);
  }

  #hear(server: string, text: string): void {
    const line = parsePresenceMessage(text);
    if (line === undefined) return;
    this.#roster.see(line.newest ?? 0);
    if (line.type === "bye") return this.#forget(server);
    let peer = this.#peers.get(server);
    if (peer === undefined) {
      peer = { n: undefined, heard: 0, asked: -Infinity, parts: undefined };
      this.#peers.set(server, peer);
    }
    peer.heard = performance.now();
    if (line.type === "all") this.#hearAll(server, peer, line);
    else if (line.type === "steps" && line.n - 1 === peer.n) {
      peer.n = line.n;
      for (const step of line.steps) this.#take(server, step);
    } else if (line.n !== peer.n) this.#ask(server, peer);
  }

  #hearAll(server: string, peer: OtherServer, line: PresenceMessage & { type: "all" }): void {
    const { n, part, of, people } = line;
    if (part === 0) peer.parts = { n, people: [...people] };
    else if (peer.parts && peer.parts.n === n - 1) {
      peer.parts.n = n;
      peer.parts.people.push(...people);
    } else return this.#ask(server, peer);
    if (part + 1 < of) return;
    this.#roster.replace(server, peer.parts.people);
    peer.parts = undefined;
    peer.n = n;
  }

  #take(server: string, step: Step): void {
    if (step[0] === "leave") return this.#roster.leave(server, step[1], step[2]);
    if (step[0] === "join") {
      const [, room, id, name, version] = step;
      return this.#roster.join(server, room, { id, name, version });
    }
    const [, id, name, version, was] = step;
    this.#roster.rename(server, { id, name, version }, was);
  }

  #ask(server: string, peer: OtherServer): void {
    peer.n = undefined;
    const now = performance.now();
    // Asked already, and the answer may be on its way.
    if (now - peer.asked < ASK_MS) return;
    peer.asked = now;
    this.#publish("whereabouts", server);
  }

  #hearTyping(text: string): void {
    const typing = parseTyping(text);
    if (typing) this.changes.trySend({ type: "typing", ...typing });
  }

  /** Takes this server's people out of the others' lists. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#timer);
    clearTimeout(this.#telling);
    this.#watch[Symbol.dispose]();
    for (const subscription of this.#subscriptions) subscription.unsubscribe();
    this.changes.close();
    if (!this.#nats.connected) return;
    this.#tell({ type: "bye", n: this.#n });
    try {
      await deadline(this.#nats.connection.flush(), BYE_MS);
    } catch {
      // The others detect it when the heartbeat is missing.
    }
  }
}
