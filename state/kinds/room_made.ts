import { each, isText, type Kind } from "../kind.ts";
import type { Fields } from "../../protocol/fields.ts";
import { isList } from "../../protocol/fields.ts";
import { DIRECT_PEOPLE, NEW_ROOMS } from "../../protocol/room_making.ts";
import { HISTORIES, ROOM_KINDS, type RoomInfo } from "../../protocol/room_settings.ts";
import { DAY_MS } from "../../lib/time.ts";
import { DirectRooms } from "../direct_rooms.ts";
import { MEMBERSHIPS_LIMIT, MembershipTable } from "../membership_table.ts";
import { type EventOutcome, refused, refusedMuted, UNCHANGED } from "../outcome.ts";
import { Permissions } from "../permissions.ts";
import { peopleKey, RoomTable } from "../room_table.ts";

/** A person makes a room, and moderates it unless it is direct. */
export interface RoomMadeEvent {
  readonly type: "room_made";
  /** The address, folded by the server of the person; random unless the room is public. */
  readonly room: string;
  readonly kind: RoomInfo["kind"];
  readonly title: string;
  readonly topic: string;
  readonly history: RoomInfo["history"];
  /** The ids of all people of a direct room; else empty. */
  readonly people: readonly string[];
  readonly by: string;
}

export const roomMadeKind: Kind<RoomMadeEvent> = {
  parse({ room, kind, title, topic, history, people, by }: Fields): RoomMadeEvent | undefined {
    const knownKind = ROOM_KINDS.find((each) => each === kind);
    const knownHistory = HISTORIES.find((each) => each === history);
    if (!isText(room) || knownKind === undefined || knownHistory === undefined) return undefined;
    if (typeof title !== "string" || typeof topic !== "string") return undefined;
    if (!isList(people, isText) || !isText(by)) return undefined;
    const texts = { title, topic, history: knownHistory, people, by };
    return { type: "room_made", room, kind: knownKind, ...texts };
  },

  prepare(db) {
    const rooms = new RoomTable(db);
    const memberships = new MembershipTable(db);
    const directs = new DirectRooms(db);
    const permissions = new Permissions(db);

    function whyNot(
      { room, kind, by, people }: RoomMadeEvent,
      at: number,
    ): EventOutcome | undefined {
      if (!permissions.mayBecomeMember(by)) {
        return refused("forbidden", "it is for people who have a name");
      }
      const isDirect = kind === "direct";
      const muted = isDirect ? undefined : refusedMuted(permissions.muteOf(by, at));
      if (muted !== undefined) return muted;
      if (!isDirect && !permissions.mayCreateRooms(by)) {
        return refused("forbidden", "you may not create rooms");
      }
      if (rooms.of(room) !== undefined || rooms.isReserved(room)) {
        return refused("room_taken", "this address can't be used for a new room");
      }
      const set = new Set(people);
      if (isDirect && (!set.has(by) || set.size > DIRECT_PEOPLE)) {
        return refused("too_many", `a direct room has at most ${DIRECT_PEOPLE} people`);
      }
      if (isDirect && !people.every((person) => permissions.mayBecomeMember(person))) {
        return refused("no_person", "nobody with a name has this id, or the person is banned");
      }
      if (rooms.countNew(by, at - DAY_MS, isDirect) >= NEW_ROOMS) {
        return refused("too_many", `you may make ${NEW_ROOMS} rooms a day`);
      }
      if (!isDirect && memberships.count(by) >= MEMBERSHIPS_LIMIT) {
        return refused("too_many", "you are in too many rooms");
      }
      return undefined;
    }

    return each((event, at): EventOutcome => {
      const { room, kind, title, topic, history, by, people } = event;
      const key = kind === "direct" ? peopleKey(people) : undefined;
      // The same set of people has the same room.
      if (key !== undefined && rooms.direct(key) !== undefined) return UNCHANGED;
      const refusal = whyNot(event, at);
      if (refusal !== undefined) return refusal;
      const roomId = rooms.add({
        room,
        kind,
        title,
        topic,
        history,
        by,
        at,
        ...(key !== undefined && { people: key }),
      });
      const membership = { person: by, roomId, read: 0, at };
      const own = { type: "membership", person: by, room } as const;
      // The others of a direct room see it from its first message on.
      if (kind === "direct") {
        return { type: "changed", effects: [...directs.show(membership), own] };
      }
      memberships.add({ ...membership, role: "moderator" });
      return { type: "changed", effects: [own] };
    });
  },
};
