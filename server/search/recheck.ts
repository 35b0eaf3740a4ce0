import type { DatabaseSync } from "node:sqlite";
import { type Message, REPLY_BYTES } from "../../protocol/mod.ts";
import { StateHistory } from "../../state/history.ts";
import { Permissions } from "../../state/permissions.ts";
import { VisibleRooms } from "./visible_rooms.ts";

/**
 * Checks results once more before they are sent. The index is in a thread of its own, and so is its view of the data: while an answer
 * is on its way, the person can be removed from a room, or a text deleted, and a client that has received that must not
 * receive the result afterwards.
 */
export class Recheck {
  readonly #history: StateHistory;
  readonly #permissions: Permissions;

  constructor(data: DatabaseSync) {
    this.#history = new StateHistory(data);
    this.#permissions = new Permissions(data);
  }

  /** Returns the messages that the person may still see, and whose text is what was found. */
  still(person: string, messages: readonly Message[]): Message[] {
    const visible = new VisibleRooms(this.#permissions, person);
    return messages.flatMap(({ room, seq, text }) => {
      const from = visible.from(room);
      if (from === undefined) return [];
      const page = { room, after: seq - 1, limit: 1, from, bytes: REPLY_BYTES };
      const [message] = this.#history.read(page).messages;
      return message?.seq === seq && message.deleted === undefined && message.text === text
        ? message
        : [];
    });
  }
}
