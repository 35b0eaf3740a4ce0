import { Client } from "../client.ts";
import type { ClientDelegate, ClientOptions, PlainOptions } from "../client/options.ts";
import type { Hub } from "../hub.ts";
import { DROP_REASONS, type DropReason, type Ending } from "../client/close_reasons.ts";
import type { Logger } from "../lib/logger.ts";
import type { Admission } from "../people/credentials.ts";
import type { ErrorLine, NameCommand, User } from "../protocol/mod.ts";
import type { Proof, SessionKey } from "../protocol/sessions.ts";
import { deadline } from "../lib/std.ts";
import { DAY_MS } from "../lib/time.ts";
import { networkOf } from "../lib/ip_networks.ts";
import type { Slot } from "./connection_limiter.ts";

/**
 * Time for a peer to answer a close frame, in ms. The runtime waits for it without end, so a connection that
 * takes longer gives its place in the total to another.
 */
const CLOSE_MS = 10_000;

/** The connections of which one sweep records that they are in use on a new day: each takes a few reads and a write. */
const SEEN_AT_ONCE = 20;

/** An accepted WebSocket. */
export interface Connection {
  socket: WebSocket;
  admission: Admission;
  /** Returned when the socket is closed, which may be long after its client was dropped. */
  slot: Slot;
  /** The client's IP address. */
  address: string;
  /** Whether that is the address of a proxy. */
  isBehindProxy?: boolean;
  /** Present for a client that speaks plain lines. */
  plain?: PlainOptions | undefined;
}

/** Options that all connections share. */
export interface ConnectionsOptions {
  hub: Hub;
  log: Logger;
  client: ClientOptions;
  /** Gives a person another name; resolves to the error when that is refused. */
  rename(
    admission: Admission,
    command: NameCommand,
    address: string,
  ): Promise<ErrorLine | undefined>;
}

/** Totals over all connections. */
export interface ConnectionStats {
  /** Sockets not yet closed. */
  open: number;
  /** Sockets not yet closed whose clients have left the hub. */
  stuck: number;
  /** The bytes that wait for clients. */
  waiting: number;
}

/** Every open socket, including those that have left the hub but do not close. */
export class Connections {
  readonly #options: ConnectionsOptions;
  readonly #open = new Set<OpenConnection>();
  #onEmpty: (() => void) | undefined;
  /** Numbers of dropped clients, by reason. */
  readonly drops: ReadonlyMap<DropReason, number>;
  readonly #drops = new Map<DropReason, number>(DROP_REASONS.map((reason) => [reason, 0]));

  readonly #watcher: Watcher = {
    left: ({ admission, address, since }, { drop, ...how }) => {
      const fields = { person: admission.person.id, address, seconds: secondsSince(since), ...how };
      admission[Symbol.dispose]();
      if (drop === undefined) return this.#options.log("client out", fields);
      this.#drops.set(drop, (this.#drops.get(drop) ?? 0) + 1);
      this.#options.log("client dropped", { ...fields, drop });
    },
    closed: (connection) => {
      this.#open.delete(connection);
      if (this.#open.size === 0) this.#onEmpty?.();
    },
  };

  constructor(options: ConnectionsOptions) {
    this.#options = options;
    this.drops = this.#drops;
  }

  /** The totals of this moment. Takes time in proportion to the number of connections. */
  get stats(): ConnectionStats {
    const stats = { open: this.#open.size, stuck: 0, waiting: 0 };
    for (const { client } of this.#open) {
      if (client.left) stats.stuck++;
      stats.waiting += client.waiting;
    }
    return stats;
  }

  /** Serves a connection until its socket is closed. */
  serve(connection: Connection): void {
    const open = new OpenConnection(connection, this.#options, this.#watcher);
    this.#open.add(open);
    const { admission, address } = connection;
    this.#options.log("client in", {
      person: admission.person.id,
      address,
      format: open.client.format,
    });
  }

  /** Ends the connections of a person's browsers, under whatever name, whose credentials are no longer valid. */
  logoutPerson(person: string, except?: Admission): void {
    for (const { client, admission } of this.#open) {
      const isTheirs = admission.person.id === person || admission.aliases.includes(person);
      if (isTheirs && admission !== except) client.logout();
    }
  }

  /** Ends the connections of a session. */
  logout(session: string): void {
    for (const { client, admission } of this.#open) {
      if (admission.session?.id === session) client.logout();
    }
  }

  /** Closes a person's connections with 1001, after what waits for them is written. */
  sendAwayPerson(person: string): void {
    for (const { client } of this.#open) if (client.user.id === person) client.sendAway();
  }

  /** Closes all connections, by default with 1001, after what waits for them is written; their rooms stay. */
  sendAway(ending?: Ending): void {
    for (const { client } of this.#open) client.sendAway(ending);
  }

  /**
   * Drops clients that drain nothing, and abandons those that do not close. Records, a few at a time, that the others
   * are in use. Call it periodically.
   *
   * @param date The time of day, in ms since 1970.
   */
  sweep(date = Date.now()): void {
    const now = performance.now();
    const day = Math.floor(date / DAY_MS);
    let rest = SEEN_AT_ONCE;
    for (const connection of this.#open) {
      connection.sweep(now);
      if (rest > 0 && connection.see(day)) rest--;
    }
  }

  /** Waits until every socket is closed, at most `ms`. Resolves to the number still open. */
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

/** Callbacks for the two ends of a connection. */
interface Watcher {
  /** The client has left the hub. */
  left(connection: OpenConnection, ending: Ending): void;
  /** The socket is closed. May be called twice. */
  closed(connection: OpenConnection): void;
}

/** A connection while its socket is open. A class, since thousands of closures would cost more. */
class OpenConnection implements ClientDelegate {
  readonly since = performance.now();
  readonly client: Client;
  readonly admission: Admission;
  readonly address: string;
  readonly network: string;
  readonly isBehindProxy: boolean;
  readonly plain: PlainOptions | undefined;
  readonly #slot: Slot;
  readonly #options: ConnectionsOptions;
  readonly #watcher: Watcher;
  #leftAt: number | undefined;
  /** The last day on which its use was recorded; entering was one. */
  #seen = Math.floor(Date.now() / DAY_MS);

  constructor(
    { socket, admission, slot, address, isBehindProxy = false, plain }: Connection,
    options: ConnectionsOptions,
    watcher: Watcher,
  ) {
    this.admission = admission;
    this.address = address;
    this.network = networkOf(address);
    this.isBehindProxy = isBehindProxy;
    this.plain = plain;
    this.#slot = slot;
    this.#options = options;
    this.#watcher = watcher;
    this.client = new Client(socket, options.hub, this, options.client);
  }

  get user(): User {
    return this.admission.person;
  }

  get aliases(): readonly string[] {
    return this.admission.aliases;
  }

  get session(): SessionKey | undefined {
    return this.admission.session;
  }

  get proof(): Proof | undefined {
    return this.admission.proof;
  }

  rename(command: NameCommand): Promise<ErrorLine | undefined> {
    return this.#options.rename(this.admission, command, this.address);
  }

  /** Records once a day that a connection is in use, which lasts for many days; `day` since 1970. Returns whether it did. */
  see(day: number): boolean {
    if (day <= this.#seen || this.client.left) return false;
    this.#seen = day;
    void this.admission.see();
    return true;
  }

  /** Drops the client if it drains nothing, and abandons its socket if that does not close; `now` in ms. */
  sweep(now: number): void {
    if (this.#leftAt === undefined) this.client.sweep(now);
    else if (now - this.#leftAt > CLOSE_MS) this.#slot.abandon();
  }

  onLeave(ending: Ending): void {
    this.#leftAt = performance.now();
    this.#watcher.left(this, ending);
  }

  onGone(): void {
    this.#slot[Symbol.dispose]();
    this.#watcher.closed(this);
  }
}

function secondsSince(start: number): number {
  return Math.round((performance.now() - start) / 100) / 10;
}
