import type { User } from "../../protocol/mod.ts";
import type { Room } from "./room.ts";

/** The needs of {@linkcode roomName}. */
export interface RoomNameOptions {
  readonly me: User | undefined;
  /** The present name of a person. */
  readonly nameOf: (user: User) => string;
  /** The name of the direct room of a person alone. */
  readonly notes: string;
}

/** The name of a room as people read it: its title or address, or the others of a direct room. */
export function roomName(room: Room, { me, nameOf, notes }: RoomNameOptions): string {
  const { kind, title } = room.info.value;
  if (kind === "direct") {
    const others = room.people.value.filter(({ id }) => id !== me?.id).map(nameOf);
    if (others.length > 0) return others.join(", ");
    return room.people.value.length > 0 ? notes : "…";
  }
  if (title !== "") return title;
  return room.isHidden ? "…" : room.name;
}

/** The same as it stands in sentences: with a `#` before an address. */
export function roomPlace(room: Room, options: RoomNameOptions): string {
  const isAddress = !room.isHidden && room.info.value.title === "";
  return (isAddress ? "#" : "") + roomName(room, options);
}
