import { Client, type ClientOptions, type Owner, type PlainOptions } from "../client.ts";
import type { Hub } from "../hub.ts";
import { DROP_REASONS, type DropReason, type Leaving } from "../client/close_reasons.ts";
import type { Logger } from "../lib/logger.ts";
import type { Entry } from "../people/people.ts";
import type { ErrorLine, NameCommand, User } from "../protocol/mod.ts";
import { deadline } from "../lib/std.ts";
import type { Place } from "./connection_limiter.ts";

/** A WebSocket that was let in. */
export interface Connection {
  socket: WebSocket;
  entry: Entry;
  /** Given back when the socket is closed, which may be long after its client was dropped. */
  place: Place;
  /** Where it comes from. */
  address: string;
  /** There for a client that speaks plain lines. */
  plain?: PlainOptions | undefined;
}

/** What is the same for all connections. */
export interface ConnectionsOptions {
  hub: Hub;
  log: Logger;
  client: ClientOptions;
  /** Gives a person another name; the error when that can't be. */
  rename(entry: Entry, command: NameCommand, address: string): Promise<ErrorLine | undefined>;
}

/** What is known of all connections. */
export interface Census {
  /** Sockets not yet closed. */
  open: number;
  /** Those of them whose clients have left the hub. */
  stuck: number;
  /** Bytes that wait for clients. */
  waiting: number;
}

/** Every socket that is open, also one that left the hub but does not close. */
export class Connections {
  readonly #options: ConnectionsOptions;
  readonly #open = new Set<OpenConnection>();
  #onEmpty: (() => void) | undefined;
  /** How many clients were dropped, for each reason. */
  readonly drops: ReadonlyMap<DropReason, number>;
  readonly #drops = new Map<DropReason, number>(DROP_REASONS.map((reason) => [reason, 0]));

  readonly #watcher: Watcher = {
    left: ({ entry, address, since }, { drop, ...how }) => {
      const fields = { person: entry.person.id, address, seconds: secondsSince(since), ...how };
      entry[Symbol.dispose]();
      if (drop === undefined) return this.#options.log("client out", fields);
      this.#drops.set(drop, (this.#drops.get(drop) ?? 0) + 1);
      this.#options.log("client dropped", { ...fields, drop });
    },
    gone: (connection) => {
      this.#open.delete(connection);
      if (this.#open.size === 0) this.#onEmpty?.();
    },
  };

  constructor(options: ConnectionsOptions) {
    this.#options = options;
    this.drops = this.#drops;
  }

  /** What is open now. */
  get census(): Census {
    const census = { open: this.#open.size, stuck: 0, waiting: 0 };
    for (const { client } of this.#open) {
      if (client.left) census.stuck++;
      census.waiting += client.waiting;
    }
    return census;
  }

  /** Serves a connection until its socket is closed. */
  serve(connection: Connection): void {
    const open = new OpenConnection(connection, this.#options, this.#watcher);
    this.#open.add(open);
    const { entry, address } = connection;
    this.#options.log("client in", {
      person: entry.person.id,
      address,
      format: open.client.format,
    });
  }

  /** Ends the connections of a session. */
  logout(session: string): void {
    for (const { client, entry } of this.#open) if (entry.session === session) client.logout();
  }

  /** Ends a person's connections with 1001 when what waits for them is written. */
  sendAwayPerson(person: string): void {
    for (const { client } of this.#open) if (client.user.id === person) client.sendAway();
  }

  /** Ends all connections with 1001 when what waits for them is written; their rooms stay. */
  sendAway(): void {
    for (const { client } of this.#open) client.sendAway();
  }

  /** Drops those that drain nothing. To be called again and again. */
  sweep(): void {
    const now = performance.now();
    for (const { client } of this.#open) client.sweep(now);
  }

  /** Resolves when every socket is closed, at the latest in `ms`: to how many are not. */
  async closed(ms: number): Promise<number> {
    if (this.#open.size === 0) return 0;
    try {
      await deadline(new Promise<void>((resolve) => this.#onEmpty = resolve), ms);
    } catch {
      // A peer that has stopped reading keeps its socket for as long as it likes.
    }
    return this.#open.size;
  }
}

/** Who is told how connections end. */
interface Watcher {
  /** The client is out of the hub. */
  left(connection: OpenConnection, leaving: Leaving): void;
  /** The socket is closed; may come twice. */
  gone(connection: OpenConnection): void;
}

/**
 * A connection as long as its socket is open. There are thousands, so that it is a class: closures
 * would be made anew for each.
 */
class OpenConnection implements Owner {
  readonly since = performance.now();
  readonly client: Client;
  readonly entry: Entry;
  readonly address: string;
  readonly plain: PlainOptions | undefined;
  readonly #place: Place;
  readonly #options: ConnectionsOptions;
  readonly #watcher: Watcher;

  constructor(
    { socket, entry, place, address, plain }: Connection,
    options: ConnectionsOptions,
    watcher: Watcher,
  ) {
    this.entry = entry;
    this.address = address;
    this.plain = plain;
    this.#place = place;
    this.#options = options;
    this.#watcher = watcher;
    this.client = new Client(socket, options.hub, this, options.client);
  }

  get user(): User {
    return this.entry.person;
  }

  rename(command: NameCommand): Promise<ErrorLine | undefined> {
    return this.#options.rename(this.entry, command, this.address);
  }

  onLeave(leaving: Leaving): void {
    this.#watcher.left(this, leaving);
  }

  onGone(): void {
    this.#place[Symbol.dispose]();
    this.#watcher.gone(this);
  }
}

function secondsSince(start: number): number {
  return Math.round((performance.now() - start) / 100) / 10;
}
