import type { AuditStrings } from "../../audit_strings.ts";
import type { RoomStrings } from "../../room_strings.ts";

/**
 * Says what was changed in a room.
 *
 * @param change `setting: value`, as an audit record has it; what this page does not know is returned as it is
 */
export function roomChange(
  change: string,
  { rooms, audit }: { readonly rooms: RoomStrings; readonly audit: AuditStrings },
): string {
  const [setting, ...rest] = change.split(": ");
  const value = rest.join(": ");
  const { pair, guests, archived } = audit.roomChange;
  switch (setting) {
    case "title":
    case "topic":
      return pair(rooms[setting], value);
    case "posting":
      return isKey(rooms.postingChoices, value)
        ? pair(rooms.posting, rooms.postingChoices[value])
        : change;
    case "guests":
      return isKey(guests, value) ? pair(rooms.guests, guests[value]) : change;
    case "archived":
      return isKey(archived, value) ? archived[value] : change;
    case "slow":
      return isCount(value) ? pair(rooms.slow, rooms.slowChoice(Number(value))) : change;
    case "keepDays":
      return isCount(value) ? pair(rooms.keep, rooms.keepChoice(Number(value))) : change;
    default:
      return change;
  }
}

function isKey<Key extends string>(values: Readonly<Record<Key, string>>, key: string): key is Key {
  return Object.hasOwn(values, key);
}

function isCount(value: string): boolean {
  return value !== "NaN" && String(Number(value)) === value;
}
