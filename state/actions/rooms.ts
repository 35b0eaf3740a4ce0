import { NO_ROOM } from "../outcome.ts";
import { newHiddenRoom } from "../../protocol/addresses.ts";
import type {
  CreatedLine,
  DirectoryLine,
  ErrorLine,
  MembersLine,
  RoomMakingCommand,
  RoomPeopleCommand,
  ServerLine,
  SetRoomCommand,
} from "../../protocol/mod.ts";
import type { RoomPeople } from "../room_people.ts";
import { peopleKey, type StoredRoom } from "../room_table.ts";
import { type ActionHandlers, change, errorLine } from "./action.ts";

/** The commands of the capabilities of making rooms, of their settings, and of their people. */
export const ROOM_ACTIONS: ActionHandlers<
  RoomMakingCommand | RoomPeopleCommand | SetRoomCommand
> = {
  create: (command, context) => {
    const { kind, title, topic } = command;
    const room = command.kind === "public" ? command.room : newHiddenRoom();
    const history = command.kind === "public" ? "all" : command.history;
    const event = { type: "room_made", room, kind, title, topic, history, people: [] } as const;
    return made(change({ ...event, by: context.person }, command, context), room);
  },

  direct: async (command, context) => {
    const { rooms } = context;
    const people = [...new Set([context.person, ...command.people])];
    const key = peopleKey(people);
    const room = rooms.direct(key) ?? newHiddenRoom();
    const event = {
      ...{ type: "room_made", room, kind: "direct", title: "", topic: "", history: "all" } as const,
      ...{ people, by: context.person },
    };
    const answer = await change(event, command, context);
    // Another of them may have been first.
    return made(answer, rooms.direct(key) ?? room);
  },

  directory: (command, context) => {
    const { id, text = "", after = "", private: hidden } = command;
    if (hidden && !context.permissions.mayAdminister(context.person)) {
      return errorLine("forbidden", "it is for admins", id);
    }
    const kind = hidden ? "private" : "public";
    const { rooms, next } = context.directory.page({ kind, text, after });
    const line: DirectoryLine = {
      ...{ type: "directory", rooms },
      ...(next !== undefined && { next }),
    };
    return withId(line, id);
  },

  make_private: (command, context) => {
    const { room } = command;
    const event = { type: "room_private", room, to: newHiddenRoom(), by: context.person } as const;
    return change(event, command, context);
  },

  delete_room: (command, context) => {
    const { room } = command;
    return change({ type: "room_deleted", room, by: context.person }, command, context);
  },

  set_room: (command, context) => {
    const { type: _, id: _id, ...setting } = command;
    return change({ type: "room_setting", by: context.person, ...setting }, command, context);
  },

  add: (command, context) => {
    const { room, person, id } = command;
    const { additions, memberships, permissions } = context;
    const isNew = person !== context.person && memberships.of(person, room) === undefined &&
      permissions.mayManage(context.person, room) === undefined;
    const retry = isNew ? additions.take(person) : 0;
    if (retry > 0) {
      const reason = "the person was added to many rooms just now";
      return { ...errorLine("rate_limited", reason, id), retry };
    }
    return change({ type: "room_member", room, person, by: context.person }, command, context);
  },

  remove: (command, context) => {
    const { room, person, reason = "" } = command;
    const event = { type: "room_removal", room, person, reason, by: context.person } as const;
    return change(event, command, context);
  },

  moderator: (command, context) => {
    const { room, person, on } = command;
    return change({ type: "moderator", room, person, on, by: context.person }, command, context);
  },

  members: (command, context) => {
    const { id, room, text = "", after = "" } = command;
    const { memberships, permissions, person, rooms, roomPeople } = context;
    if (!permissions.mayRead(person, room)) return errorLine(...NO_ROOM, id);
    const { members, next } = membersOf(rooms.of(room), { text, after }, {
      people: roomPeople,
      isMember: memberships.of(person, room) !== undefined,
    });
    const line: MembersLine = {
      ...{ type: "members", room, members },
      ...(next !== undefined && { next }),
    };
    return withId(line, id);
  },
};

/** Returns a page of the members of a room; see {@linkcode RoomPeople.page}. */
function membersOf(
  room: StoredRoom | undefined,
  query: { readonly text: string; readonly after: string },
  { people, isMember }: { readonly people: RoomPeople; readonly isMember: boolean },
): ReturnType<RoomPeople["page"]> {
  if (room === undefined) return { members: [] };
  if (room.info.kind === "direct") return { members: people.direct(room) };
  return people.page(room.id, { ...query, isMember });
}

/** Answers with the address of a room that is made, or with the error. */
async function made(
  answer: ReturnType<typeof change> | Awaited<ReturnType<typeof change>>,
  room: string,
): Promise<CreatedLine | ErrorLine> {
  const line = await answer;
  return line.type === "error" ? line : withId({ type: "created", room }, line.id);
}

function withId<L extends ServerLine>(line: L, id: string | undefined): L {
  return id === undefined ? line : { ...line, id };
}
