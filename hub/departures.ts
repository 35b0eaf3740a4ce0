import type { Clients } from "./clients.ts";
import type { Closing } from "./effects.ts";
import type { OpenRooms } from "./open_rooms.ts";
import type { HubCommand } from "./requests.ts";
import type { LostClients, Room, Subscriber } from "./room.ts";
import type { ServerLine } from "../protocol/mod.ts";

/** The parts of {@linkcode Departures}. */
export interface DeparturesOptions {
  readonly clients: Clients;
  readonly rooms: OpenRooms;
  /** Called with an error that no client can be ended for, because it is what the end of one threw. */
  onFault(error: unknown): void;
}

/**
 * Ends clients: each leaves the hub and all rooms first, and is ended once. An error that a client causes ends
 * that client and nothing else, whatever it was thrown by: the hub calls clients only through this object, or
 * collects the errors as {@linkcode LostClients}.
 */
export class Departures {
  readonly #clients: Clients;
  readonly #rooms: OpenRooms;
  readonly #onFault: (error: unknown) => void;

  constructor({ clients, rooms, onFault }: DeparturesOptions) {
    this.#clients = clients;
    this.#rooms = rooms;
    this.#onFault = onFault;
  }

  /**
   * Replies to a registered client; does nothing if it is not registered.
   *
   * @param command The command that the line answers; see {@linkcode Subscriber.reply}.
   */
  reply(client: Subscriber, line: ServerLine, command?: HubCommand): void {
    if (!this.#clients.has(client)) return;
    try {
      if (!client.reply(line, command)) this.drop(client);
    } catch (error) {
      this.fail(client, error);
    }
  }

  /** Runs what concerns one client. If that throws, the client ends. */
  contain(client: Subscriber, work: () => void): void {
    try {
      work();
    } catch (error) {
      this.fail(client, error);
    }
  }

  /** Runs what some clients receive. If that throws, they may have missed it without knowing it: they end, and resume. */
  containAll(clients: () => Iterable<Subscriber>, work: () => void): void {
    try {
      work();
    } catch (error) {
      for (const client of [...clients()]) this.fail(client, error);
    }
  }

  /** Removes a client that asked for it. */
  release(client: Subscriber): void {
    this.#end(client, () => client.release());
  }

  /** Drops a client whose buffer is full. */
  drop(client: Subscriber): void {
    this.#end(client, () => client.drop());
  }

  /** Ends the clients that could not take what they were to receive. */
  dropAll(lost: LostClients): void {
    for (const [client, fault] of lost) {
      if (fault === undefined) this.drop(client);
      else this.fail(client, fault.error);
    }
  }

  /** Ends a client because of an effect. */
  dismiss(client: Subscriber, closing: Closing): void {
    this.#end(client, () => client.dismiss(closing));
  }

  /** Ends a client because of an error. */
  fail(client: Subscriber, error: unknown): void {
    this.#end(client, () => client.fail(error));
  }

  /** Ends a client that was not registered, because that failed. */
  refuse(client: Subscriber, error: unknown): void {
    if (this.#clients.has(client)) return this.fail(client, error);
    this.#run(() => client.fail(error));
  }

  /** Removes a client from one room. Its messages that were stored while it joined are answered. */
  leave(room: Room, client: Subscriber): void {
    const unanswered = room.unanswered(client);
    this.#clients.rooms(client)?.delete(room);
    this.#run(() => this.#rooms.vacate(room, client));
    for (const message of unanswered) this.reply(client, { type: "message", ...message });
  }

  /** Removes and drains all clients, and drains others that were not registered yet. */
  drainAll(strangers: readonly Subscriber[]): void {
    const clients = [...this.#clients.clear(), ...strangers];
    for (const client of clients) this.#run(() => client.drain());
  }

  #end(client: Subscriber, end: () => void): void {
    const rooms = this.#clients.remove(client);
    if (rooms === undefined) return;
    // A room that fails to handle a departure must not keep the client in the other rooms.
    for (const room of rooms) this.#run(() => this.#rooms.vacate(room, client));
    try {
      end();
    } catch (error) {
      this.#run(() => client.fail(error));
    }
  }

  #run(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#onFault(error);
    }
  }
}
