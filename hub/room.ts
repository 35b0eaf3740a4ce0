import { framesOfKept, isAfter, type KeptItem } from "./kept_items.ts";
import { frameOfLine, framesOfChanges, framesOfMessages } from "./frames.ts";
import type { Format, Frame } from "../protocol/frame.ts";
import type { ChangeEffect, Closing } from "./effects.ts";
import type { LogEntry, Page } from "./message_log.ts";
import { PresenceChanges } from "./presence_changes.ts";
import { shareChanges, Shared, shareMessages } from "./seen_message.ts";
import type { Message, PresenceLine, ServerLine, User } from "../protocol/mod.ts";
import type { Proof, SessionKey } from "../protocol/sessions.ts";
import type { HubCommand } from "./requests.ts";
import type { SharedPresence, SharedPresenceChange } from "./shared_presence.ts";

/**
 * A client as the hub and its rooms see it.
 *
 * {@linkcode release}, {@linkcode drop}, {@linkcode dismiss}, {@linkcode fail} and {@linkcode drain} end it: the hub calls
 * exactly one of them, once, after it has removed the client, and the client does not call the hub again. Whichever
 * method throws, the hub continues, and calls {@linkcode fail} with the error.
 */
export interface Subscriber {
  readonly format: Format;
  /** The person, under their present name. */
  readonly user: User;
  /**
   * The ids of the other people that its browser is, which stay the same: where one of them is muted, the client may
   * not write, and where one is banned or logged out everywhere, it ends.
   */
  readonly aliases?: readonly string[];
  /** The session of its cookie; absent for a client that was let in by Basic. */
  readonly session?: SessionKey | undefined;
  /** What else let it in: the owner of a name, whose secret must not have changed since. */
  readonly proof?: Proof | undefined;
  /** The network that quotas charge: an IPv4 address, or the first half of an IPv6 address. */
  readonly network: string;
  /** True if the network is a proxy's, and so that of others, too. */
  readonly isBehindProxy?: boolean;
  /** True once its connection has ended, of which the hub is told in its turn. */
  readonly left?: boolean;
  /** Called once, when the hub has added the client. */
  welcome(): void;
  /** Called when the hub takes a `send` or `typing` of the client, in their order: it may have deferred them. */
  taken?(): void;
  /** Queues frames. Returns false if the client's buffer is full. Never waits. */
  offer(frames: readonly Frame[]): boolean;
  /**
   * Queues a line for this client alone. The size of the reply to a {@linkcode Request} alone never makes it return false.
   *
   * @param command The command that the line answers, the very object that was handed over; absent if it answers none.
   */
  reply(line: ServerLine, command?: HubCommand): boolean;
  /** Writes the queued frames, then ends, because the client asked to be unregistered. */
  release(): void;
  /** Ends the connection at once, because the client could not keep up. */
  drop(): void;
  /** Ends the connection at once, because of an {@linkcode Effect}; what waits is discarded. */
  dismiss(closing: Closing): void;
  /** Ends the connection at once, because its registration or command could not be handled. */
  fail(error: unknown): void;
  /** Writes the queued frames, then ends the connection, because the hub closes. */
  drain(): void;
}

/** A new message of a room, as the log returns it. */
export type MessageEntry = Extract<LogEntry<Subscriber>, { type: "message" }>;

/** Clients to end: those whose buffer is full, and with its error each one that threw. */
export type LostClients = Map<Subscriber, { readonly error: unknown } | undefined>;

/** The result of {@linkcode Room.deliver}. */
export interface Delivery {
  readonly lost: LostClients;
  /** The messages that do not reach their sender through the room, in order. */
  readonly unreached: MessageEntry[];
}

/** The shortest time between two typing notices of one member, in ms. */
const TYPING_MS = 1000;

/** The most messages that may wait for a member whose history is still being read. */
const PENDING_MESSAGES = 50_000;

interface Membership {
  /** The lowest `seq` that the member receives live. Its `joined` covered those below. */
  from: number;
  /** The changes up to this `rev` are in what it was sent. */
  rev: number;
  /** The messages and lines since its `join`, until its history is read. */
  pending: KeptItem[] | undefined;
  /** The messages among them that the member itself has sent, and which it has not received yet; often there are none. */
  own: Message[] | undefined;
  /** The time from which its typing is passed on again. */
  typingAt: number;
  /** The first `seq` that its person may see; undefined until it is needed, and after anything that may change it. */
  seesFrom: number | undefined;
}

/** An occupied room: the members who are connected to this server, and what each may receive. */
export class Room {
  readonly name: string;
  /** The newest `seq` known here. */
  last = 0;
  /** The time of the newest message known here, in ms since 1970. */
  at = 0;
  readonly #members = new Map<Subscriber, Membership>();
  /** The number of members of each person. */
  readonly #connections = new Map<string, number>();
  readonly #presence: SharedPresence;
  readonly #changes: PresenceChanges;

  /**
   * @param presence The people in all rooms, on all servers.
   * @param onChanges Called when it is time to send {@linkcode takeChanges} to all members.
   */
  constructor(name: string, presence: SharedPresence, onChanges: (room: Room) => void) {
    this.name = name;
    this.#presence = presence;
    this.#changes = new PresenceChanges(() => presence.members(name), () => onChanges(this));
  }

  /** The number of members: connections to this server. */
  get size(): number {
    return this.#members.size;
  }

  /** The number of people in the room, on all servers. */
  get count(): number {
    return this.#changes.count;
  }

  /** Records that a person joined or left, on this or another server. */
  apply({ type, user }: SharedPresenceChange & { type: "joined" | "left" }): void {
    this.#changes[type](user);
  }

  /** Takes the changes since the last such line, or returns undefined if there are none to send. */
  takeChanges(): PresenceLine | undefined {
    const change = this.#changes.take();
    return change && { type: "presence", room: this.name, ...change, count: this.count };
  }

  /** Returns up to 200 people in the room, for a member, who receives all changes from now on. */
  snapshot(client: Subscriber): User[] {
    return this.#changes.snapshot(client.user);
  }

  /** Returns true if the client is a member. */
  has(client: Subscriber): boolean {
    return this.#members.has(client);
  }

  /** Iterates over all members. */
  members(): IteratorObject<Subscriber> {
    return this.#members.keys();
  }

  /**
   * Makes `client` a member, or one again, that waits for its history. Messages and lines are kept for it
   * until {@linkcode goLive}.
   */
  add(client: Subscriber): void {
    const own = this.#members.get(client)?.own;
    if (!this.#members.has(client)) this.#count(client, 1);
    this.#members.set(client, {
      from: Infinity,
      rev: 0,
      pending: [],
      own,
      typingAt: 0,
      seesFrom: undefined,
    });
  }

  /** Forgets the first `seq` that a client may see, which may be another now. */
  forgetSight(client: Subscriber): void {
    const member = this.#members.get(client);
    if (member !== undefined) member.seesFrom = undefined;
  }

  /** Removes a member; does nothing if the client is none. */
  remove(client: Subscriber): void {
    if (this.#members.delete(client)) this.#count(client, -1);
  }

  #count({ user }: Subscriber, change: 1 | -1): void {
    const was = this.#connections.get(user.id) ?? 0;
    this.#connections.set(user.id, was + change);
    if (was === 0) this.#presence.join(this.name, user);
    if (was + change > 0) return;
    this.#connections.delete(user.id);
    this.#presence.leave(this.name, user.id);
  }

  /** Cancels the presence line that is due. */
  close(): void {
    this.#changes.close();
  }

  /**
   * Sends a member the messages and lines kept for it, and all later ones live. Its own messages come first that the
   * history covers but does not contain, because it is a page of the whole or because the member asked for what
   * comes after them: it waits for them.
   *
   * @param page The history that it was sent.
   * @returns The member if its session should end.
   */
  goLive(
    client: Subscriber,
    { last, messages, rev }: Pick<Page, "last" | "messages" | "rev">,
  ): LostClients {
    const lost: LostClients = new Map();
    const member = this.#members.get(client);
    if (member?.pending === undefined) return lost;
    const sent = new Set(member.own === undefined ? [] : messages.map(({ seq }) => seq));
    const own = (member.own ?? []).filter(({ seq }) => seq <= last && !sent.has(seq));
    const frames = framesOfKept(
      [...own, ...member.pending.filter(isAfter({ last, rev }))],
      client.format,
    );
    member.pending = undefined;
    member.own = undefined;
    member.from = last + 1;
    member.rev = rev;
    if (frames.length > 0) offer(client, frames, lost);
    return lost;
  }

  /**
   * Sends new messages to all members.
   *
   * @param entries The messages, ascending by `seq`.
   * @param fromOf Returns the first `seq` that a member may see; asked again only after {@linkcode forgetSight}.
   */
  deliver(entries: readonly MessageEntry[], fromOf: (client: Subscriber) => number): Delivery {
    const messages = entries.map(({ message }) => message);
    const [first, newest] = [messages[0], messages.at(-1)];
    const lost: LostClients = new Map();
    if (first === undefined || newest === undefined) return { lost, unreached: [] };
    this.last = Math.max(this.last, newest.seq);
    this.at = newest.at;
    const isPartial = entries.some(({ partial }) => partial);
    const whole: Partial<Record<Format, Frame[]>> = {};
    const shared = isPartial ? shareMessages(messages) : undefined;
    for (const [client, member] of this.#members) {
      const seen = shared?.from(sightOf(client, member, fromOf));
      const items = seen?.items ?? messages;
      if (member.pending !== undefined) {
        member.pending.push(...items);
        if (member.pending.length > PENDING_MESSAGES) lost.set(client, undefined);
      } else if (member.from <= first.seq) {
        const { format } = client;
        // Most are seen by all: this is done for each message and member.
        const frames = seen?.frames(format) ??
          (whole[format] ??= framesOfMessages(messages, format));
        offer(client, frames, lost);
      } else {
        // It joined after these were stored and before they arrived here: its history has some of them.
        const missed = items.filter(({ seq }) => seq >= member.from);
        if (missed.length > 0) offer(client, framesOfMessages(missed, client.format), lost);
      }
    }
    return { lost, unreached: entries.filter((entry) => !this.#reaches(entry)) };
  }

  /** Returns true if the room sends a message to its sender, now or when that goes live. */
  #reaches({ origin, message }: MessageEntry): boolean {
    if (origin === undefined) return true;
    const member = this.#members.get(origin);
    if (member?.pending !== undefined) (member.own ??= []).push(message);
    return member !== undefined && (member.pending !== undefined || member.from <= message.seq);
  }

  /** Returns the messages that a member has sent, and which it has not received because its history is being read. */
  unanswered(client: Subscriber): Message[] {
    return this.#members.get(client)?.own ?? [];
  }

  /**
   * Sends all members a line whose place in the log matters: a member whose history is being read receives it
   * after that, in order with the messages.
   *
   * @returns The members to end.
   */
  notify(line: ServerLine): LostClients {
    const full: Subscriber[] = [];
    const live: Subscriber[] = [];
    for (const [client, { pending }] of this.#members) {
      if (pending === undefined) live.push(client);
      else {
        pending.push({ line });
        if (pending.length > PENDING_MESSAGES) full.push(client);
      }
    }
    const { lost } = sendLine(live, line);
    for (const client of full) lost.set(client, undefined);
    return lost;
  }

  /**
   * Sends all members changed messages. A member whose history is being read receives them after that, in order with the
   * messages.
   *
   * @param fromOf Returns the first `seq` that a member may see; asked again only after {@linkcode forgetSight}.
   * @returns The members to end.
   */
  change(
    changes: readonly ChangeEffect[],
    fromOf: (client: Subscriber) => number,
  ): LostClients {
    const lost: LostClients = new Map();
    const isPartial = changes.some(({ partial }) => partial);
    const whole = new Shared(changes, framesOfChanges);
    const shared = isPartial ? shareChanges(changes) : undefined;
    for (const [client, member] of this.#members) {
      const { pending, rev } = member;
      const seen = shared?.from(sightOf(client, member, fromOf)) ?? whole;
      // It joined after these were made, and before they are sent.
      const isNew = changes.every((change) => change.rev > rev);
      const news = isNew ? seen.items : seen.items.filter((change) => change.rev > rev);
      if (pending !== undefined) {
        pending.push(...news.map((change) => ({ change })));
        if (pending.length > PENDING_MESSAGES) lost.set(client, undefined);
        continue;
      }
      const own = isNew ? seen.frames(client.format) : framesOfChanges(news, client.format);
      if (own.length > 0) offer(client, own, lost);
    }
    return lost;
  }

  /**
   * Sends a line to all members.
   *
   * @param except A person whose clients do not receive it.
   * @returns The members to end, and the cost in bytes; see {@linkcode sendLine}.
   */
  send(line: ServerLine, except?: User): SentLine {
    const receivers = this.members().filter(({ user }) => user.id !== except?.id);
    return sendLine(receivers, line);
  }

  /** Returns true if the typing of a member should be passed on; `now` in ms. */
  mayNotifyTyping(client: Subscriber, now: number): boolean {
    const member = this.#members.get(client);
    if (member === undefined || now < member.typingAt) return false;
    member.typingAt = now + TYPING_MS;
    return true;
  }
}

/** Returns the first `seq` that a member may see. That it sees nothing is asked again: it is about to leave the room. */
function sightOf(
  client: Subscriber,
  member: Membership,
  fromOf: (client: Subscriber) => number,
): number {
  if (member.seesFrom !== undefined) return member.seesFrom;
  const from = fromOf(client);
  if (from < Infinity) member.seesFrom = from;
  return from;
}

/** The cost of sending a frame on top of its bytes, in bytes: a short one takes as long as one of 256 bytes. */
const SEND_BYTES = 256;

/** The result of {@linkcode sendLine}. */
export interface SentLine {
  readonly lost: LostClients;
  /** The cost in bytes. */
  readonly bytes: number;
}

/** Sends one line to many clients; those that speak plain lines do not receive it. */
export function sendLine(clients: Iterable<Subscriber>, line: ServerLine): SentLine {
  const lost: LostClients = new Map();
  let bytes = 0;
  const frame = frameOfLine(line, "json");
  if (frame === undefined) return { lost, bytes };
  const frames = [frame];
  for (const client of clients) {
    if (client.format !== "json") continue;
    bytes += frame.bytes + SEND_BYTES;
    offer(client, frames, lost);
  }
  return { lost, bytes };
}

/** Offers frames to a client, and adds it to `lost` if it can't take them. */
function offer(client: Subscriber, frames: readonly Frame[], lost: LostClients): void {
  try {
    if (!client.offer(frames)) lost.set(client, undefined);
  } catch (error) {
    lost.set(client, { error });
  }
}
