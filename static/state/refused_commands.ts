import type { Signal } from "@preact/signals";
import type { ErrorCode, ErrorLine } from "../../protocol/mod.ts";
import type { ChatInfo } from "./chat_info.ts";
import type { ChatOptions, Problem } from "./chat_options.ts";
import type { OwnFiles } from "./files/own_files.ts";
import type { History } from "./history.ts";
import type { MessageActions } from "./message_actions.ts";
import type { NameRequest } from "./name_request.ts";
import type { Outbox } from "./outbox.ts";
import type { Requests } from "./requests.ts";
import type { Room } from "./room.ts";
import type { RoomDepartures } from "./room_departures.ts";
import type { Rooms } from "./rooms.ts";
import type { Sender } from "./sender.ts";

/** The needs of {@linkcode RefusedCommands}. */
export interface RefusedCommandsOptions extends Pick<ChatOptions, "onFailed" | "onGone"> {
  readonly requests: Requests;
  readonly outbox: Outbox;
  readonly files: OwnFiles;
  readonly sender: Sender;
  readonly actions: MessageActions;
  readonly rooms: Rooms;
  readonly history: History;
  readonly departures: RoomDepartures;
  readonly naming: NameRequest;
  readonly info: ChatInfo;
  readonly problem: Signal<Problem | undefined>;
}

/** Brings each error of the server to what has caused it. */
export class RefusedCommands {
  readonly #options: RefusedCommandsOptions;

  constructor(options: RefusedCommandsOptions) {
    this.#options = options;
  }

  /** Takes an error. */
  take(line: ErrorLine): void {
    const { actions, departures, naming, outbox, requests, rooms } = this.#options;
    const { code, ref, retry } = line;
    if (requests.has(ref)) return requests.take(line);
    if (ref !== undefined && outbox.find(ref)) return this.#message(ref, code, retry);
    if (actions.has(ref)) return this.#action(ref, code, retry);
    const room = ref === undefined ? undefined : rooms.get(ref);
    if (ref !== undefined && departures.isLeaving(ref)) {
      departures.refused(ref);
      if (!room) return;
    }
    if (!room) naming.answer({ ok: false, code });
    else if (code === "no_room") {
      room.wanted = undefined;
      departures.noRoom(room);
    } else this.#room(room, code, retry);
  }

  #room(room: Room, code: ErrorCode, retry?: number): void {
    const { history, info, onGone, outbox, problem, rooms } = this.#options;
    if (room.live.value || code === "rate_limited" || code === "storage") {
      return history.refused(room, retry);
    }
    problem.value = { code: info.refusalOf(code), room: room.name };
    // Without any other, this one is tried again with the next connection.
    if (rooms.list.value.length <= 1 && !rooms.visiting.value) return;
    for (const { id } of outbox.of(room.name)) outbox.fail(id, code);
    rooms.gone(room.name);
    onGone?.({ room, isAsked: true });
  }

  #message(id: string, code: ErrorCode, retry?: number): void {
    const { actions, files, onFailed, outbox, rooms, sender } = this.#options;
    const pending = outbox.find(id);
    const room = pending && rooms.get(pending.room);
    // It waited for longer than the server keeps files without a message.
    if (code === "no_file" && files.again(id)) return sender.refused(id, "storage", 0);
    if (code === "not_joined" && room) this.#joinAgain(room);
    sender.refused(id, code, retry);
    if (outbox.find(id)?.failed) {
      actions.messageFailed(id);
      onFailed?.(code);
    }
    room?.touch();
  }

  #action(id: string, code: ErrorCode, retry?: number): void {
    const { actions, rooms } = this.#options;
    const room = rooms.get(actions.find(id)?.room ?? "");
    if (code === "not_joined" && room) this.#joinAgain(room);
    actions.refused(id, code, retry);
  }

  #joinAgain(room: Room): void {
    room.live.value = false;
    this.#options.history.join(room);
  }
}
