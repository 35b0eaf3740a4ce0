/**
 * Presence and typing over plain subjects of NATS.
 *
 * @module
 */
import type { Msg, Subscription } from "@nats-io/transport-node";
import { Channel, nextTurn } from "../lib/channel.ts";
import type { Nats } from "./connection.ts";
import type { SharedPresence, SharedPresenceChange } from "../hub/shared_presence.ts";
import { cut, parsePresenceLine, type PresenceLine, type Step } from "./presence_messages.ts";
import type { User } from "../protocol/mod.ts";
import { Roster, type Whereabouts } from "../hub/roster.ts";
import { deadline } from "../lib/std.ts";

export interface NatsPresenceOptions {
  /** Begins the names of all subjects; `hubbub` unless told. */
  readonly prefix?: string;
  /** This server's id, of letters and digits; no other server, nor a former one, has it. */
  readonly server: string;
}

/** A server says that it is there this often, so that a lost line is missed for no longer. */
const BEAT_MS = 500;
/** A server that has said nothing for this long is dead: its people are out of the lists. */
const DEAD_MS = 5000;
/** Between two questions to one server, and between two answers with all people. */
const ASK_MS = 150;
/** How long a goodbye may take. */
const BYE_MS = 1000;
/** For how long an answer repeats a rename of someone whom this server does not have. */
const RENAME_MS = 60_000;
/** How far the word of a rename may be ahead of what the store has said. */
const RECENT_MS = 2000;

/** What is known of another server. */
interface Peer {
  /** The number of its last line that was understood; undefined while some are missing. */
  n: number | undefined;
  /** When it was last heard, by `performance.now()`. */
  heard: number;
  asked: number;
  /** The parts of all its people, until the last part is there. */
  parts: { n: number; people: Whereabouts[] } | undefined;
}

/**
 * Each server tells what happens with its people, and counts what it tells. Who has missed something,
 * or has just come, asks it for all of them.
 *
 * While NATS is lost, nobody is taken for dead: it is this server that is cut off.
 */
export class NatsPresence implements SharedPresence {
  readonly #nats: Nats;
  readonly #prefix: string;
  readonly #server: string;
  readonly changes = new Channel<SharedPresenceChange>({ capacity: Infinity, resume: nextTurn });
  readonly #roster = new Roster((change) => this.changes.trySend(change));
  readonly #peers = new Map<string, Peer>();
  readonly #subscriptions: Subscription[];
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #watch: Disposable;
  #steps: Step[] = [];
  #renames: { step: Step; at: number }[] = [];
  /** The number of the last line told. */
  #n = 0;
  #told = -Infinity;
  #telling: ReturnType<typeof setTimeout> | undefined;
  #ticked = performance.now();
  #closed = false;

  constructor(nats: Nats, { prefix = "hubbub", server }: NatsPresenceOptions) {
    this.#nats = nats;
    this.#prefix = prefix;
    this.#server = server;
    const hear = (subject: string, heard: (from: string, message: Msg) => void) =>
      nats.connection.subscribe(`${prefix}.${subject}.*`, {
        callback: (error, message) => {
          if (error) return;
          const from = message.subject.slice(`${prefix}.${subject}.`.length);
          if (from !== server) heard(from, message);
        },
      });
    this.#subscriptions = [
      hear("presence", (from, message) => this.#hear(from, message.string())),
      hear("typing", (_from, message) => this.#hearTyping(message.string())),
      // Asked is the server that the text names, or every one.
      hear("whereabouts", (_from, message) => {
        if ([server, ""].includes(message.string())) this.#tellAllSoon();
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
      // Somebody was renamed without a word: who comes now has the name of now. A moment ago there
      // may have been a word that overtook this one.
      : known.version > Date.now() - RECENT_MS
      ? known
      : { id, name, version: this.#roster.nextVersion(id) };
    this.#roster.join(this.#server, room, person);
    this.#step(["join", room, id, person.name, person.version]);
  }

  leave(room: string, person: string): void {
    this.#roster.leave(this.#server, room, person);
    this.#step(["leave", room, person]);
  }

  rename({ id, name }: User, was: string): void {
    const version = this.#roster.nextVersion(id);
    this.#roster.rename({ id, name, version }, was);
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
    // Cut off, there is nobody to hear; back, everybody is told all.
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
    const parts = cut(this.#roster.whereabouts(this.#server));
    if (parts.length === 0) parts.push([]);
    parts.forEach((people, part) =>
      this.#tell({ type: "all", n: ++this.#n, part, of: parts.length, people })
    );
    this.#renames = this.#renames.filter(({ at }) => at > this.#told - RENAME_MS);
    const renames = this.#renames.map(({ step }) => step);
    for (const steps of cut(renames)) this.#tell({ type: "steps", n: ++this.#n, steps });
  }

  #tell(line: PresenceLine): void {
    this.#publish("presence", JSON.stringify(line));
  }

  /** Tells all, and asks all, because nobody knows what was missed. */
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
    const line = parsePresenceLine(text);
    if (line === undefined) return;
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

  #hearAll(server: string, peer: Peer, line: PresenceLine & { type: "all" }): void {
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
    this.#roster.rename({ id, name, version }, was);
  }

  #ask(server: string, peer: Peer): void {
    peer.n = undefined;
    const now = performance.now();
    // Asked already, and the answer may be on its way.
    if (now - peer.asked < ASK_MS) return;
    peer.asked = now;
    this.#publish("whereabouts", server);
  }

  #hearTyping(text: string): void {
    try {
      const [room, id, name]: unknown[] = JSON.parse(text);
      if (typeof room !== "string" || typeof id !== "string" || typeof name !== "string") return;
      this.changes.trySend({ type: "typing", room, user: { id, name } });
    } catch {
      // It is not Hubbub's.
    }
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
      // The others find out by themselves.
    }
  }
}
