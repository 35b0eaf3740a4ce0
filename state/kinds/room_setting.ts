import { each, isText, type Kind } from "../kind.ts";
import type { Fields } from "../../protocol/fields.ts";
import { readRoomSetting, type RoomSetting } from "../../protocol/room_settings.ts";
import { Audit } from "../audit.ts";
import { type EventOutcome, refused, refusedMuted, UNCHANGED } from "../outcome.ts";
import { Permissions } from "../permissions.ts";
import { RoomPeople } from "../room_people.ts";
import { RoomTable } from "../room_table.ts";

/** A setting of a room changes. Each is an event of its own: of two at once the last one counts. */
export type RoomSettingEvent = {
  readonly type: "room_setting";
  readonly room: string;
  /** The moderator or admin who wants it. */
  readonly by: string;
} & RoomSetting;

export const roomSettingKind: Kind<RoomSettingEvent> = {
  parse({ room, by, setting, value }: Fields): RoomSettingEvent | undefined {
    const read = readRoomSetting(setting, value);
    if (!isText(room) || !isText(by) || typeof read === "string") return undefined;
    return { type: "room_setting", room, by, ...read };
  },

  prepare(db) {
    const permissions = new Permissions(db);
    const rooms = new RoomTable(db);
    const people = new RoomPeople(db);
    const audit = new Audit(db);
    return each((event, at): EventOutcome => {
      const { room: name, by, setting, value } = event;
      const refusal = setting === "archived"
        ? permissions.mayClose(by, name)
        : permissions.mayManage(by, name);
      if (refusal !== undefined) return refused(...refusal);
      const isShown = setting === "title" || setting === "topic";
      const muted = isShown ? refusedMuted(permissions.muteOf(by, at)) : undefined;
      if (muted !== undefined) return muted;
      const room = rooms.of(name);
      if (room === undefined || room.info[setting] === value) return UNCHANGED;
      if (room.info.archived && setting !== "archived") {
        return refused("archived", "the room is archived");
      }
      rooms.set(room.id, event);
      // Changes by moderators are shown in the room, and are not for a log that only admins read.
      if (permissions.viewOf(by, name)?.role !== "moderator") {
        audit.add({ at, by, action: "set_room", detail: `${name} ${setting}: ${value}` });
      }
      const line = { type: "info", room: name, info: { ...room.info, [setting]: value } } as const;
      const to = { room: name, people: people.ids(room.id) };
      return { type: "changed", effects: [{ type: "send", to, line }] };
    });
  },
};
