import { useMemo } from "preact/hooks";
import { nameKey } from "../../protocol/names.ts";
import type { Room } from "../state/room.ts";
import { useApp } from "./context.ts";
import type { KnownNames } from "./markdown.tsx";

/** How many of the newest messages tell who may be mentioned besides those present. */
const AUTHORS = 200;

/** The names of those who are here or have written lately, without one's own. */
export function useNames(room: Room): readonly string[] {
  const { chat } = useApp();
  const me = chat.me.value;
  const members = room.members.value;
  const count = room.timeline.messages.length;
  return useMemo(() => {
    const people = new Map<string, string>();
    for (const { user } of room.timeline.messages.slice(-AUTHORS)) {
      people.delete(user.id);
      people.set(user.id, chat.nameOf(user));
    }
    // The latest authors first: they are who one answers to.
    const authors = [...people].reverse();
    const others = [...members.values()].map((user) => [user.id, chat.nameOf(user)] as const);
    const names = [...authors, ...others]
      .filter(([id, name]) => id !== me?.id && name !== "").map(([, name]) => name);
    return [...new Set(names)];
  }, [members, count, me, chat.names.value]);
}

/** The same with one's own, as keys. */
export function useKnownNames(room: Room): KnownNames {
  const names = useNames(room);
  const own = nameKey(useApp().chat.me.value?.name ?? "");
  const all = useMemo(() => [own, ...names.map(nameKey)].sort(), [names, own]);
  // Whose names they are changes seldom, and then all messages are drawn again; their order often.
  return useMemo(() => ({ all, own }), [all.join("\n"), own]);
}
