import type { Clients } from "./clients.ts";
import type { Effect } from "./effects.ts";
import type { Departures } from "./departures.ts";
import type { OpenRooms } from "./open_rooms.ts";
import type { Subscriber } from "./room.ts";
import { isHiddenRoom } from "../protocol/mod.ts";

/** The parts of {@linkcode Expulsions}. */
export interface ExpulsionsOptions {
  readonly clients: Clients;
  readonly rooms: OpenRooms;
  readonly departures: Departures;
}

type Expel = Extract<Effect, { readonly type: "expel" }>;
type Move = Extract<Effect, { readonly type: "move" }>;
type Close = Extract<Effect, { readonly type: "close" }>;

/** Ends the presence of clients in rooms where their people may not be any more, or don't want to be. */
export class Expulsions {
  readonly #options: ExpulsionsOptions;

  constructor(options: ExpulsionsOptions) {
    this.#options = options;
  }

  /** Puts a person out of a room. */
  expel({ person, room, why, guest }: Expel): void {
    const present = this.#options.rooms.open.get(room);
    for (const client of [...this.#options.clients.clientsOf(person)]) {
      // Moderators must not send anything to those who have nothing to do with their room.
      if (guest && !present?.has(client)) continue;
      // A plain client has its room alone, which it does not leave because the person has left on another device. But
      // nobody reads a private room without being a member.
      if (client.format === "json" || why !== undefined) this.#putOut(client, room, why);
      else if (isHiddenRoom(room)) this.#putOut(client, room, LEFT);
    }
  }

  /** Puts everyone out of a room that has another address, and tells its members. */
  move({ room, to, people }: Move): void {
    for (const client of this.#clientsOf(people)) {
      if (client.format === "plain") this.#putOut(client, room, MOVED);
      else {
        this.#leave(client, room);
        this.#options.departures.reply(client, { type: "moved", room, to });
      }
    }
    for (const client of this.#clientsIn(room)) this.#putOut(client, room, MOVED);
  }

  /** Puts everyone out of a room that is no more. */
  close({ room, people, why }: Close): void {
    for (const client of this.#clientsOf(people)) this.#putOut(client, room, why);
    for (const client of this.#clientsIn(room)) this.#putOut(client, room, why);
  }

  #clientsOf(people: readonly string[]): Subscriber[] {
    return people.flatMap((person) => [...this.#options.clients.clientsOf(person)]);
  }

  #clientsIn(room: string): Subscriber[] {
    return [...this.#options.rooms.open.get(room)?.members() ?? []];
  }

  /** Makes a client leave a room. Without the room a plain client has nothing. */
  #putOut(client: Subscriber, room: string, why: string | undefined): void {
    const { departures } = this.#options;
    const wasIn = this.#leave(client, room);
    if (client.format === "json") {
      departures.reply(client, { type: "left", room, ...(why !== undefined && { why }) });
    } else if (wasIn && why !== undefined) {
      departures.dismiss(client, { code: 1008, reason: why });
    }
  }

  #leave(client: Subscriber, name: string): boolean {
    const room = this.#options.rooms.open.get(name);
    if (!room?.has(client)) return false;
    this.#options.departures.leave(room, client);
    return true;
  }
}

const MOVED = "The room is private now";
const LEFT = "You have left the room";
