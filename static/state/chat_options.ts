import type { ChangedLine, DeletedLine, ErrorLine, Message, User } from "../../protocol/mod.ts";
import type { MessageAction } from "./action_queue.ts";
import type { MakeFileSender } from "./files/file_sender.ts";
import type { Timing } from "./connection.ts";
import type { Room } from "./room.ts";
import type { TextStore } from "./storage.ts";

/** Something to tell about a room or a command that was refused. */
export interface Problem {
  readonly code: ErrorLine["code"] | "no_create";
  readonly room?: string;
}

/** The answer to a request for a name. */
export type NameAnswer = { readonly ok: true } | { readonly ok: false; readonly code: string };

/** Properties of a new message that decide how this person is notified. */
export interface MessageAbout {
  readonly mention: boolean;
  /** Whether its room is shown. */
  readonly active: boolean;
  /** Whether the person wants no notice of it. */
  readonly quiet: boolean;
}

/** A room that was taken away from this person, or deleted. */
export interface GoneRoom {
  readonly room: Room;
  /** The reason, in the server's words; absent if only the server knows. */
  readonly why?: string;
  /** Whether it needs no notice: the person has left it on another device, or a {@linkcode Problem} says it. */
  readonly isAsked: boolean;
  /** Whether something that was begun there is among the unsent messages now. */
  readonly hasBegun?: boolean;
}

/** The needs of a {@linkcode Chat}. */
export interface ChatOptions {
  /** The address of the WebSocket. */
  readonly url: string;
  readonly store: TextStore;
  /** Whether the browser keeps cookies; else the server takes its person for a new guest on each connection. */
  readonly cookies?: boolean;
  /** Whether the browser believes to be online. */
  readonly online?: () => boolean;
  readonly timing?: Timing;
  /** Loads what uploads files. */
  readonly loadUploader?: () => Promise<MakeFileSender>;
  /** Names this tab of the browser, also after a reload. */
  readonly tab?: string;
  /** Whether someone is looking at the page. */
  readonly attentive?: () => boolean;
  /** A new message came, while the page was open, from someone else. */
  readonly onMessage?: (message: Message, about: MessageAbout) => void;
  /** Messages were changed or deleted. */
  readonly onChanged?: (line: ChangedLine | DeletedLine) => void;
  /** Called when the server refused a message permanently. */
  readonly onFailed?: (code: ErrorLine["code"]) => void;
  /** Called when the server refused permanently what this person wanted of a message. */
  readonly onActionRefused?: (action: MessageAction, code: ErrorLine["code"]) => void;
  /** Called when a room was taken away from this person. */
  readonly onGone?: (gone: GoneRoom) => void;
  /**
   * Whether nothing of the person is shown any more, because their session has ended. Then another person gets a page of
   * their own, and the chat is over with {@linkcode ChatOptions.onLoggedOut}.
   */
  readonly isCovered?: () => boolean;
  /**
   * Called when this browser, which was a person with a name, is somebody else now: the session was ended, by that person
   * or by an admin, perhaps while there was no connection.
   */
  readonly onLoggedOut?: (user: User) => void;
  /** Called when the account of this browser's person was deleted, elsewhere or by an admin. */
  readonly onDeleted?: () => void;
  /** A connection was refused or failed before it said `hello`. */
  readonly onRefused?: () => void;
}
