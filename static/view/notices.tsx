import type { JSX } from "preact";
import type { Notice } from "../state/room.ts";
import { useApp, useStrings } from "./context.ts";
import { Sentence } from "./sentence.tsx";

/** So many people are named; more are counted. */
const NAMED = 2;

/** The words for what somebody did about a person. */
const CHANGES = { added: "wasAdded", removed: "wasRemoved", moderator: "isModerator" } as const;

/** The notices after a message: those who joined in one sentence, those who left in another. */
export function Notices({ notices: all }: { notices: readonly Notice[] }): JSX.Element | null {
  const strings = useStrings();
  const { ignoring, people } = useApp().chat;
  // That somebody is put in charge concerns everyone.
  const notices = all.filter(({ kind, user }) => kind === "moderator" || !ignoring.has(user.id))
    .map((notice) => {
      const { user: { id } } = notice;
      if (!people.isDeleted(notice.user)) return notice;
      return { ...notice, was: undefined, user: { id, name: strings.deletedPerson } };
    });
  const joined = notices.filter(({ kind }) => kind === "joined");
  const left = notices.filter(({ kind }) => kind === "left");
  const changes = notices.filter((notice): notice is Notice & { kind: keyof typeof CHANGES } =>
    notice.kind in CHANGES
  );
  const renamed = notices.filter(({ kind }) => kind === "renamed");

  function crowd(
    people: readonly Notice[],
    one: (name: string) => string,
    many: (count: number) => string,
  ): JSX.Element[] {
    if (people.length > NAMED) {
      const names = people.map(({ user: { name } }) => name).join(", ");
      return [<span key={many(0)} title={names}>{many(people.length)}</span>];
    }
    return people.map(({ user: { id, name } }) => (
      <Sentence key={`${one("")} ${id}`} names={[name]} make={one} />
    ));
  }

  if (notices.length === 0) return null;
  return (
    <p class="notices">
      {crowd(joined, strings.joined, strings.manyJoined)}
      {crowd(left, strings.left, strings.manyLeft)}
      {changes.map(({ kind, user: { id, name } }) => (
        <Sentence key={`${kind} ${id}`} names={[name]} make={strings[CHANGES[kind]]} />
      ))}
      {renamed.map(({ user: { id, name }, was }) => (
        <Sentence key={id} names={[was ?? "", name]} make={strings.renamed} />
      ))}
    </p>
  );
}
