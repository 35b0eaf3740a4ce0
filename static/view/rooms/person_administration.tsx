import "../shared.ts";
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { User } from "../../../protocol/mod.ts";
import { ADMIN_STRINGS } from "../../admin_strings.ts";
import { Administration } from "../../state/administration.ts";
import { isGuest } from "../../state/guests.ts";
import type { ListedPerson } from "../../state/people_list.ts";
import { REMOVAL_STRINGS } from "../../removal_strings.ts";
import { errorWords } from "../../strings.ts";
import { PersonActions } from "../admin/person_actions.tsx";
import { useApp, useStrings } from "../context.ts";
import { useWords } from "./words.ts";

/** An admin's actions for a person: a part of the page that only admins load. */
export function PersonAdministration({ person }: { person: User }): JSX.Element | null {
  const { chat, settings } = useApp();
  const strings = useStrings();
  const title = useWords().administer;
  const [state] = useState(() => new Administration(chat.requests));
  useEffect(() => {
    void state.load();
    return () => state[Symbol.dispose]();
  }, []);
  const known = state.people.value.get(person.id);
  const ban = state.bans.value.get(person.id);
  // Guests are in the list only if they are muted or banned, and the list may be long.
  if (known === undefined && state.loading.value && !isGuest(person.name)) return null;
  const listed: ListedPerson = {
    ...known ?? { id: person.id, role: "guest", secret: false },
    name: person.name,
    ...(ban && { ban, banned: true }),
  };
  const outcome = state.outcomes.value.get(person.id);
  return (
    <section>
      <h3>{title}</h3>
      <PersonActions
        id="card-admin"
        person={listed}
        words={ADMIN_STRINGS[settings.spoken.value]}
        busy={outcome?.kind === "waiting"}
        onAct={(command) => state.act(command)}
        onEnd={() => {}}
      />
      <p class="problem" role="alert">
        {outcome?.kind === "failed" && errorWords(strings, outcome.code)}
      </p>
      <p class="saved" role="status">
        {outcome?.kind === "done" && outcome.removed !== undefined &&
          REMOVAL_STRINGS[settings.spoken.value].removed(
            outcome.removed.count,
            outcome.removed.more,
          )}
      </p>
    </section>
  );
}
