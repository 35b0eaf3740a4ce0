/**
 * The effects of a committed event on clients, apart from the message itself: plain data, decided when the
 * event is applied, and so the same on every server.
 *
 * @module
 */
import type { Message, ServerLine } from "../protocol/mod.ts";

/** The clients that a line is sent to; the hub ignores rooms and people without clients on its server. */
export type Receivers =
  /** The clients that are in a room and, perhaps, all clients of some people. */
  | { readonly room: string; readonly people?: readonly string[] }
  /** All clients of these people. */
  | { readonly people: readonly string[] }
  | "everyone";

/**
 * An effect of an event. The hub applies effects in the order of the log: a client receives a line after all
 * that was committed before its event, and a person who is expelled or disconnected receives nothing that was
 * committed after it, on any server.
 */
export type Effect =
  | { readonly type: "send"; readonly to: Receivers; readonly line: ServerLine }
  /** A message of a room is another now: everyone in the room who may see it receives its present state. */
  | ChangeEffect
  /** A membership has begun, or something of it is another now: all clients of the person receive its state. */
  | {
    readonly type: "membership";
    readonly person: string;
    readonly room: string;
    /** True for one that others can cause at will: it may come later, once for several. */
    readonly late?: true;
  }
  /** A person has left a room, or may not be there any more: all clients of the person receive `left`. */
  | {
    readonly type: "expel";
    readonly person: string;
    readonly room: string;
    /** The reason, for the person to read; absent if it is the person's own wish, which plain clients don't follow. */
    readonly why?: string;
    /** True for a person who was no member: only clients that are in the room receive it. */
    readonly guest?: true;
    /** True for a room that is only hidden: it may come later, and not at all if the room is shown again before. */
    readonly late?: true;
  }
  /** A room has another address, which its members learn; nobody else may be there any more. */
  | {
    readonly type: "move";
    readonly room: string;
    readonly to: string;
    /** The ids of the members. */
    readonly people: readonly string[];
  }
  /** A room is no more: all clients in it, and all of its members, receive `left`. */
  | {
    readonly type: "close";
    readonly room: string;
    /** The ids of those who were members. */
    readonly people: readonly string[];
    readonly why: string;
  }
  /** Closes the connections of all sessions; those by Basic, which prove a secret, continue. */
  | { readonly type: "log_out" }
  /** Closes the connections of all who may not enter any more. */
  | { readonly type: "recheck" }
  /** Closes connections of a person's browsers at once, under whatever name; what waits for them is discarded. */
  | {
    readonly type: "disconnect";
    readonly person: string;
    readonly closing: Closing;
    /** The session of the person whose connections alone are closed; absent for all connections. */
    readonly session?: string;
    /** True to close only what the person has opened as themselves, not what their browser is as another person now. */
    readonly own?: true;
    /** The session whose connections alone are left open; empty for connections without one. */
    readonly except?: string;
    /** Present if the networks that the person is connected from are banned, too. */
    readonly search?: NetworkSearch;
  }
  /** Closes the connections from networks that are kept out now. */
  | { readonly type: "bar"; readonly networks: readonly string[] };

/** A message of a room is another now. */
export interface ChangeEffect {
  readonly type: "changed";
  readonly room: string;
  /** The room's at this change. */
  readonly rev: number;
  readonly message: Message;
  /** The id of the person who has changed it; absent if the server did. */
  readonly by?: string;
  /** The id of that person's command, if it had one. */
  readonly id?: string;
  /** True in a room whose members may not all see the message. */
  readonly partial?: true;
  /** True for the edit of a message that is new enough for plain clients to receive it. */
  readonly plain?: true;
}

/** A search for the networks from which a person is connected, on each server. */
export interface NetworkSearch {
  /** The id of the admin who wants it. */
  readonly by: string;
  /** The network that the admin is connected from, which is spared. */
  readonly spare: string;
}

/** The close frame of a connection that the server ends. */
export interface Closing {
  /** A close code of RFC 6455. */
  readonly code: number;
  /** The reason, for the person to read; a long one is cut. */
  readonly reason: string;
}

/** The end of a connection whose person may not be here. */
export const BANNED: Closing = { code: 1008, reason: "Banned" };

/** The end of a connection whose person needs an invitation. */
export const UNINVITED: Closing = { code: 1008, reason: "Invitation needed" };

/** The end of a connection whose person has no account any more. */
export const ACCOUNT_DELETED: Closing = { code: 1000, reason: "Account deleted" };

/** The end of a connection whose person has logged out. */
export const LOGGED_OUT: Closing = { code: 1000, reason: "Logged out" };
