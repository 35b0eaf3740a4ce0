import type { Permissions } from "../../state/permissions.ts";

/** The rooms that a person may read, each asked for once. */
export class VisibleRooms {
  readonly #permissions: Permissions;
  readonly #person: string;
  readonly #from = new Map<string, number | undefined>();

  constructor(permissions: Permissions, person: string) {
    this.#permissions = permissions;
    this.#person = person;
  }

  /** Returns the first `seq` of a room that the person may see; undefined if there is no such room for the person. */
  from(room: string): number | undefined {
    if (this.#from.has(room)) return this.#from.get(room);
    const view = this.#permissions.viewOf(this.#person, room);
    const from = view?.made ? view.from : undefined;
    this.#from.set(room, from);
    return from;
  }
}
