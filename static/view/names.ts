import { useMemo } from "preact/hooks";
import { MentionSearch } from "../state/mention_search.ts";
import type { KnownNames } from "../state/mentions.ts";
import { knownNamesOf, type NamesOptions, peopleOf } from "../state/names.ts";
import type { Room } from "../state/room.ts";
import { type App, useApp } from "./context.ts";
import type { User } from "../../protocol/mod.ts";

/** Those who are here or have written lately, without oneself. */
export function usePeople(room: Room): readonly User[] {
  return useFrom(room, peopleOf);
}

/** The keys of their names and of one's own. */
export function useKnownNames(room: Room): KnownNames {
  const names = useFrom(room, knownNamesOf);
  // The names change seldom, and then all messages are drawn again; their order changes often.
  const ids = [...names.ids ?? []].sort().join("\n");
  return useMemo(() => names, [names.all.join("\n"), names.own, ids]);
}

/** The name of a person as it is shown, for what draws itself again when that changes. */
export function shownName({ chat, settings }: Pick<App, "chat" | "settings">, user: User): string {
  const { deletedPerson } = settings.strings.value;
  return chat.people.isDeleted(user) ? deletedPerson : chat.nameOf(user);
}

/** By room, what has searched for its members. */
const searches = new WeakMap<Room, MentionSearch>();

/** Makes the search for members of a room who may be mentioned. */
export function mentionSearch({ chat }: App, room: Room): MentionSearch {
  const known = searches.get(room) ?? new MentionSearch(chat, room);
  searches.set(room, known);
  return known;
}

function useFrom<T>(room: Room, make: (options: NamesOptions) => T): T {
  const app = useApp();
  const { chat } = app;
  const me = chat.me.value;
  const found = mentionSearch(app, room).people.value;
  return useMemo(
    () => make({ room, me, found, nameOf: (user) => chat.nameOf(user) }),
    [found, room.members.value, room.timeline.messages.length, me, chat.people.revision.value],
  );
}
