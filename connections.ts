import { Client, type ClientOptions } from "./client.ts";
import type { Hub } from "./hub.ts";
import { DROP_REASONS, type DropReason, type Leaving } from "./leaving.ts";
import type { Logger } from "./logger.ts";
import type { Entry } from "./people.ts";
import { deadline } from "./std.ts";
import type { Place } from "./turnstile.ts";

/** A WebSocket that was let in. */
export interface Connection {
  socket: WebSocket;
  entry: Entry;
  /** Given back when the socket is closed, which may be long after its client was dropped. */
  place: Place;
  /** Where it comes from. */
  address: string;
  options: Omit<ClientOptions, "user" | "onLeave">;
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

/** What is known of an open socket besides its client. */
interface Registered {
  readonly gone: Promise<void>;
  readonly session: string | undefined;
}

/** Every socket that is open, also one that left the hub but does not close. */
export class Connections {
  readonly #hub: Hub;
  readonly #log: Logger;
  readonly #open = new Map<Client, Registered>();
  /** How many clients were dropped, for each reason. */
  readonly drops: ReadonlyMap<DropReason, number>;
  readonly #drops = new Map<DropReason, number>(DROP_REASONS.map((reason) => [reason, 0]));

  constructor(hub: Hub, log: Logger) {
    this.#hub = hub;
    this.#log = log;
    this.drops = this.#drops;
  }

  /** What is open now. */
  get census(): Census {
    const clients = [...this.#open.keys()];
    return {
      open: clients.length,
      stuck: clients.filter((client) => client.left).length,
      waiting: clients.reduce((sum, client) => sum + client.waiting, 0),
    };
  }

  /** Serves a connection until its socket is closed. */
  async serve({ socket, entry, place, address, options }: Connection): Promise<void> {
    const since = performance.now();
    const { id } = entry.person;
    const client = new Client(socket, this.#hub, {
      ...options,
      get user() {
        return entry.person;
      },
      onLeave: (leaving) => {
        entry[Symbol.dispose]();
        this.#countOut(leaving, { person: id, address, seconds: secondsSince(since) });
      },
    });
    this.#log("client in", { person: id, address, format: client.format });
    const gone = client.run();
    this.#open.set(client, { gone, session: entry.session });
    await gone;
    this.#open.delete(client);
    place[Symbol.dispose]();
  }

  /** Ends the connections of a session. */
  logout(session: string): void {
    for (const [client, entry] of this.#open) {
      if (entry.session === session) client.logout();
    }
  }

  /** Ends a person's connections with 1001 when what waits for them is written. */
  sendAwayPerson(person: string): void {
    for (const client of this.#open.keys()) if (client.user.id === person) client.sendAway();
  }

  /** Ends all connections with 1001 when what waits for them is written; their rooms stay. */
  sendAway(): void {
    for (const client of this.#open.keys()) client.sendAway();
  }

  /** Drops those that drain nothing. To be called again and again. */
  sweep(): void {
    const now = performance.now();
    for (const client of this.#open.keys()) client.sweep(now);
  }

  /** Resolves when every socket is closed, at the latest in `ms`: to how many are not. */
  async closed(ms: number): Promise<number> {
    try {
      await deadline(Promise.all(this.#open.values().map(({ gone }) => gone).toArray()), ms);
    } catch {
      // A peer that has stopped reading keeps its socket for as long as it likes.
    }
    return this.#open.size;
  }

  #countOut(
    { drop, ...how }: Leaving,
    fields: { person: string; address: string; seconds: number },
  ): void {
    if (drop === undefined) return this.#log("client out", { ...fields, ...how });
    this.#drops.set(drop, (this.#drops.get(drop) ?? 0) + 1);
    this.#log("client dropped", { ...fields, drop, ...how });
  }
}

function secondsSince(start: number): number {
  return Math.round((performance.now() - start) / 100) / 10;
}
