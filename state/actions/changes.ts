import {
  type ChangeCommand,
  HISTORY_LIMIT,
  type OkLine,
  type RemovePreviewsCommand,
  REPLY_BYTES,
  type ServerLine,
  type User,
} from "../../protocol/mod.ts";
import { seenFrom } from "../../hub/seen_message.ts";
import { LIST_LIMIT } from "../../protocol/moderation.ts";
import { NO_REV } from "../change_table.ts";
import type { Event } from "../events.ts";
import { type ActionContext, type ActionHandlers, answerTo, errorLine } from "./action.ts";

/** The part of a reply that is not messages and their commas, in bytes at most. */
const MARGIN = 8 * 1024;
const BYTES = REPLY_BYTES - MARGIN;

/** The commands of the capability of changing messages. */
export const CHANGE_ACTIONS: ActionHandlers<ChangeCommand | RemovePreviewsCommand> = {
  edit: ({ room, seq, id, text }, context) => {
    const mentions = text.includes("@") ? context.mentions.find(text) : [];
    return revise({
      ...{ type: "edit", room, seq, id, person: context.person, text },
      ...(mentions.length > 0 && { mentions }),
    }, context);
  },

  delete: ({ type, room, seq, id }, context) =>
    revise({ type, room, seq, person: context.person, ...withId(id) }, context),

  react: ({ type, room, seq, emoji, on, id }, context) =>
    revise({ type, room, seq, emoji, on, person: context.person, ...withId(id) }, context),

  clear_reactions: ({ type, room, seq, emoji, id }, context) =>
    revise({
      ...{ type, room, seq, person: context.person },
      ...(emoji !== undefined && { emoji }),
      ...withId(id),
    }, context),

  pin: ({ type, room, seq, on, id }, context) =>
    revise({ type, room, seq, on, person: context.person, ...withId(id) }, context),

  remove_previews: ({ room, seq, id }, context) =>
    revise(
      { type: "previews_removed", room, seq, person: context.person, ...withId(id) },
      context,
    ),

  changes: ({ room, rev, id }, { permissions, person, history }): ServerLine => {
    const view = permissions.viewOf(person, room);
    if (view === undefined) return errorLine("no_room", NO_ROOM, id);
    const { from } = view;
    const read = history.changes({ room, rev, from, limit: HISTORY_LIMIT, bytes: BYTES });
    return { type: "changes", room, ...read, ...withId(id) };
  },

  reactions: (command, { permissions, person, changes, rooms }): ServerLine => {
    const { room: name, seq, emoji, after, id } = command;
    const view = permissions.viewOf(person, name);
    const room = view?.made ? rooms.of(name) : undefined;
    if (view === undefined || room === undefined) return errorLine("no_room", NO_ROOM, id);
    if (seq < view.from || changes.message(room.id, name, seq) === undefined) {
      return errorLine("bad_value", "there is no such message", id);
    }
    const place = { room: room.id, seq, emoji };
    const found = changes.reactions.people(place, numberOf(after, 0), LIST_LIMIT + 1);
    const shown = found.slice(0, LIST_LIMIT);
    const last = found.length > LIST_LIMIT ? shown.at(-1) : undefined;
    const people = shown.map(({ person, deleted }): User =>
      deleted
        ? { id: person, name: "", deleted }
        : { id: person, name: permissions.shownName(person) }
    );
    return {
      ...{ type: "reactions", room: name, seq, emoji, people },
      ...withId(id),
      ...(last !== undefined && { next: String(last.rev) }),
    };
  },

  pins: ({ room, after, id }, { permissions, person, history }): ServerLine => {
    const view = permissions.viewOf(person, room);
    if (view === undefined) return errorLine("no_room", NO_ROOM, id);
    const before = numberOf(after, NO_REV);
    const { messages, next } = history.pins({ room, from: view.from, before, bytes: BYTES });
    return {
      ...{ type: "pins", room, messages },
      ...withId(id),
      ...(next !== undefined && { next: String(next) }),
    };
  },
};

const NO_ROOM = "there is no such room";

/**
 * Appends a change. Its answer is the message in its new state, at once; what others are sent may be later, and then
 * newer.
 */
async function revise(
  event: Extract<
    Event,
    { readonly type: "edit" | "delete" | "react" | "clear_reactions" | "pin" | "previews_removed" }
  >,
  { append, permissions, person }: ActionContext,
): Promise<ServerLine> {
  const outcome = await append(event);
  if (outcome.type !== "revised") return answerTo(outcome, event.id);
  const { message, by } = outcome;
  const { room } = message;
  const from = permissions.viewOf(person, room)?.from ?? Infinity;
  return {
    ...{ type: "changed", room, message: seenFrom(message, from) },
    ...(by !== undefined && { by }),
    ...withId(event.id),
  };
}

function withId(id: string | undefined): Pick<OkLine, "id"> {
  return id === undefined ? {} : { id };
}

/** Returns the number in a cursor, or another one. */
function numberOf(cursor: string | undefined, otherwise: number): number {
  const number = Number(cursor ?? "");
  return cursor !== undefined && Number.isSafeInteger(number) && number >= 0 ? number : otherwise;
}
