/**
 * The result of applying an event: something to deliver, or an answer to the sender. Its effects follow from the
 * event and the state, so that they are no part of the checksum.
 *
 * @module
 */
import type { Effect } from "../hub/effects.ts";
import type { Mute } from "../hub/permissions.ts";
import type { Message, User } from "../protocol/mod.ts";

/** Why an event was refused. The same on every server, because `apply` decides it. */
export type RefusalCode =
  /** Another person owns the name. */
  | "name_taken"
  /** The person who wants it may not do it. */
  | "forbidden"
  /** The author is muted. */
  | "muted"
  /** Nobody with a name has this id. */
  | "no_person"
  /** There is no room of this name, as far as the person may know. */
  | "no_room"
  /** There is no such message, as far as the person may know. */
  | "no_message"
  /** There is no such file, as far as the person may know. */
  | "no_file"
  /** A message would have neither a text nor files. */
  | "empty"
  /** There is no room for more files. */
  | "full"
  /** The person has as many as is allowed. */
  | "too_many"
  /** The id of a message or an edit is that of another one. */
  | "bad_id"
  /** A message that is referred to is not there, as far as the person may know, or was deleted. */
  | "bad_value"
  /** The address of a new room is that of another one, or was. */
  | "room_taken"
  /** Nobody may write in the room any more. */
  | "archived"
  /** The room has a slow mode. */
  | "rate_limited"
  /** There would be no admin any more. */
  | "last_admin"
  /** The state that the event was based on has changed meanwhile. */
  | "stale"
  /** The event can't be applied: a fault of the program or a malformed event. */
  | "fault";

/** The result of one event. */
export type EventOutcome =
  /** A new message, to be delivered to the members of its room. `opens`: the room had none before. */
  | {
    readonly type: "message";
    readonly message: Message;
    readonly opens?: true;
    /** True if it replies to one that not all members of its room may see. */
    readonly partial?: true;
    readonly effects?: readonly Effect[];
  }
  /** The person has already sent this id to this room: the message stored then, for its sender alone. */
  | { readonly type: "duplicate"; readonly message: Message }
  /** A person has this name now, with its key; `was` is the former one, if it was stored. */
  | {
    readonly type: "named";
    readonly user: User;
    readonly key: string;
    readonly was?: string;
    readonly effects?: readonly Effect[];
    /** Effects on servers other than the one that appended the event, which spares the connection that asked. */
    readonly elsewhere?: readonly Effect[];
  }
  /** A message is another now; its `rev` is that of its room. `by`: the id of the person who has changed it, if one has. */
  | {
    readonly type: "revised";
    readonly message: Message;
    readonly by?: string;
    readonly effects: readonly Effect[];
  }
  /** The state is another now. */
  | {
    readonly type: "changed";
    readonly effects?: readonly Effect[];
    /** The session that has ended, of which each server closes the connections. */
    readonly endedSession?: string;
    /** The number of messages that a removal has deleted so far, and whether a step remains. */
    readonly removed?: { readonly count: number; readonly more: boolean };
    /** True if texts, pictures or what is known of somebody was erased, and is to go from the file soon. */
    readonly erases?: true;
  }
  /** The state was already like that. Only a person who is not stored can be affected. */
  | { readonly type: "unchanged"; readonly effects?: readonly Effect[] }
  /** Nothing was changed. `reason` is for the log, and never a part of the checksum. */
  | {
    readonly type: "refused";
    readonly code: RefusalCode;
    readonly reason: string;
    /** The time after which a new attempt can succeed, in ms, if it is known. */
    readonly retry?: number;
  };

export const CHANGED: EventOutcome = { type: "changed" };
/** Something was erased. */
export const ERASED: EventOutcome = { type: "changed", erases: true };
export const UNCHANGED: EventOutcome = { type: "unchanged" };

/** A code and a reason why a person may not do something with a room. */
export type RoomRefusal = readonly ["no_room" | "forbidden", reason: string];

/** The refusal for a room that is not there, as far as the person may know. */
export const NO_ROOM: RoomRefusal = ["no_room", "there is no such room"];

/** The outcome of an event that changes nothing, with the reason for its sender. */
export function refused(code: RefusalCode, reason: string): EventOutcome {
  return { type: "refused", code, reason };
}

/** Returns the refusal of what a muted person writes; undefined for a person who is not muted. */
export function refusedMuted(mute: Mute | undefined): EventOutcome | undefined {
  return mute && { type: "refused", code: "muted", reason: "you are muted", ...mute };
}

/**
 * Returns the effects of an outcome on this server, which has appended the event unless it came from `elsewhere`.
 * An event that was refused has none.
 */
export function effectsOf(outcome: EventOutcome, elsewhere = false): readonly Effect[] {
  const effects = "effects" in outcome ? outcome.effects ?? NONE : NONE;
  if (!elsewhere || outcome.type !== "named" || outcome.elsewhere === undefined) return effects;
  return [...effects, ...outcome.elsewhere];
}

const NONE: readonly Effect[] = [];

/** The part of an outcome that servers must agree on, as short text for the checksum. */
export function digestOf(outcome: EventOutcome): string {
  switch (outcome.type) {
    case "message":
      return `m${outcome.message.seq}`;
    case "duplicate":
      return `d${outcome.message.seq}`;
    case "named":
      return `n${outcome.user.id}`;
    case "revised":
      return `v${outcome.message.rev}`;
    case "changed":
      return outcome.removed === undefined ? "c" : `c${outcome.removed.count}`;
    case "unchanged":
      return "u";
    case "refused":
      return `r${outcome.code}`;
  }
}
