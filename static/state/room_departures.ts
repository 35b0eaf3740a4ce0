import type { LeaveCommand, LeftLine, MovedLine } from "../../protocol/mod.ts";
import type { GoneRoom } from "./chat_options.ts";
import type { OwnFiles } from "./files/own_files.ts";
import type { Drafts } from "./drafts.ts";
import type { MessageActions } from "./message_actions.ts";
import type { OwnMemberships } from "./own_memberships.ts";
import type { Outbox } from "./outbox.ts";
import type { Room } from "./room.ts";
import type { Rooms } from "./rooms.ts";

/** The needs of {@linkcode RoomDepartures}. */
export interface RoomDeparturesOptions {
  /** Sends a line, if there is a connection. */
  readonly send: (command: LeaveCommand) => boolean;
  readonly rooms: Rooms;
  readonly memberships: OwnMemberships;
  readonly outbox: Outbox;
  readonly actions: MessageActions;
  readonly drafts: Drafts;
  readonly files: OwnFiles;
  /** Called when a room has gone from the page that this person did not leave here. */
  readonly onGone: (gone: GoneRoom) => void;
}

/** Leaves rooms, and takes rooms off the page that were left elsewhere, taken away, deleted or moved. */
export class RoomDepartures {
  readonly #options: RoomDeparturesOptions;
  /** By room, how often this page has left it without having received the answer. */
  readonly #leaving = new Map<string, number>();

  constructor(options: RoomDeparturesOptions) {
    this.#options = options;
  }

  /** Leaves a room on the server; with `keep` this connection does, and the person stays a member. */
  leave(room: string, { keep = false } = {}): void {
    const sent = this.#options.send({ type: "leave", room, ...(keep && { keep }) });
    if (sent) this.#leaving.set(room, (this.#leaving.get(room) ?? 0) + 1);
  }

  /** Whether this page has left a room, and the server has not confirmed it yet. */
  isLeaving(room: string): boolean {
    return this.#leaving.has(room);
  }

  /** The server could not end the membership of a room. */
  refused(room: string): void {
    this.#leaving.delete(room);
  }

  /** The connection has ended: no answer comes any more. */
  end(): void {
    this.#leaving.clear();
  }

  /** Takes the end of a membership. */
  left({ room, why }: LeftLine): void {
    const own = this.#leaving.get(room) ?? 0;
    if (own === 0 || why !== undefined) this.#takeAway(room, { why, isAsked: why === undefined });
    else if (own === 1) this.#leaving.delete(room);
    else this.#leaving.set(room, own - 1);
  }

  /** Follows a room to its present address. */
  moved({ room, to }: MovedLine): void {
    const { actions, drafts, files, memberships, outbox, rooms } = this.#options;
    memberships.forget(room);
    files.moveRoom(room, to);
    outbox.move(room, to);
    actions.move(room, to);
    drafts.move(room, to);
    rooms.move(room, to);
  }

  /** There is no such room, as far as this person may know. */
  noRoom(room: Room): void {
    if (this.#options.rooms.list.peek().includes(room)) {
      return this.#takeAway(room.name, { isAsked: false });
    }
    room.lost();
    room.missing.value = true;
  }

  /** Takes all of a room off the page and the store, but for what this person has written or begun to write there. */
  #takeAway(
    name: string,
    { why, isAsked }: { readonly why?: string | undefined; readonly isAsked: boolean },
  ): void {
    const room = this.#options.rooms.gone(name);
    if (room) this.#tidy(room, { why, isAsked });
  }

  /** Tidies up after rooms that this person is not in any more since the last connection. */
  missed(gone: readonly Room[]): void {
    // Public ones were left on another device, as far as anyone can tell.
    for (const room of gone) this.#tidy(room, { isAsked: !room.isHidden });
  }

  #tidy(
    room: Room,
    { why, isAsked }: { readonly why?: string | undefined; readonly isAsked: boolean },
  ): void {
    const { actions, drafts, files, memberships, onGone, outbox } = this.#options;
    const { name } = room;
    files.leaveRoom(name);
    memberships.forget(name);
    for (const { id } of outbox.of(name)) outbox.fail(id, "removed");
    actions.leave(name);
    const begun = drafts.forget(name);
    for (const [text, id] of begun) outbox.keep(name, text, "removed", id);
    onGone({ room, isAsked, hasBegun: begun.size > 0, ...(why !== undefined && { why }) });
  }
}
