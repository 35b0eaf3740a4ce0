import { useMemo } from "preact/hooks";
import type { KnownNames } from "../state/mentions.ts";
import { knownNamesOf, namesOf, type NamesOptions } from "../state/names.ts";
import type { Room } from "../state/room.ts";
import { type App, useApp } from "./context.ts";
import type { User } from "../../protocol/mod.ts";

/** The names of those who are here or have written lately, without one's own. */
export function useNames(room: Room): readonly string[] {
  return useFrom(room, namesOf);
}

/** The same with one's own, as keys. */
export function useKnownNames(room: Room): KnownNames {
  const { all, own } = useFrom(room, knownNamesOf);
  // The names change seldom, and then all messages are drawn again; their order changes often.
  return useMemo(() => ({ all, own }), [all.join("\n"), own]);
}

/** The name of a person as it is shown, for what draws itself again when that changes. */
export function shownName({ chat, settings }: Pick<App, "chat" | "settings">, user: User): string {
  const { deletedPerson } = settings.strings.value;
  return chat.people.isDeleted(user) ? deletedPerson : chat.nameOf(user);
}

function useFrom<T>(room: Room, make: (options: NamesOptions) => T): T {
  const { chat } = useApp();
  const me = chat.me.value;
  return useMemo(
    () => make({ room, me, nameOf: (user) => chat.nameOf(user) }),
    [room.members.value, room.timeline.messages.length, me, chat.people.changed.value],
  );
}
