import type { JSX } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";
import type { AdminStrings } from "../../admin_strings.ts";
import type { Administration } from "../../state/administration.ts";
import { listGuests, listNamed, type PeopleFilter } from "../../state/people_list.ts";
import { useApp } from "../context.ts";
import { Segments } from "../segments.tsx";
import { PersonRow } from "./person_row.tsx";

/** The time after which a mute that has run out is shown so, in ms. */
const MUTE_MS = 60_000;
/** The number of people that are drawn at first, and with each step more. */
const STEP = 100;

/** The people, and what can be done about each of them. */
export function PeopleTab(
  { state, words }: { state: Administration; words: AdminStrings },
): JSX.Element {
  const { chat, settings } = useApp();
  const [search, setSearch] = useState("");
  const [filter, setFilter] = useState<PeopleFilter>("all");
  const [limit, setLimit] = useState(STEP);
  const [managed, setManaged] = useState<string | undefined>();
  useEffect(() => () => state.clearOutcomes(), []);

  const now = chat.serverTime(Date.now());
  const options = {
    ...{ people: state.people.value, bans: state.bans.value, filter, search, now },
    locale: settings.locale.value,
  };
  const { people, bans, locale } = options;
  // Each guest who comes or goes draws this again, and to sort tens of thousands takes a good part of a second.
  const named = useMemo(
    () => listNamed(options),
    [people, bans, filter, search, locale, Math.floor(now / MUTE_MS)],
  );
  const present = chat.rooms.value.flatMap((room) => [...room.members.value.values()]);
  const all = [...named, ...listGuests(options, present)];
  const loading = state.loading.value;
  return (
    <>
      <div class="people-search">
        <label>
          <span>{words.search}</span>
          <input
            type="search"
            value={search}
            autocomplete="off"
            spellcheck={false}
            onInput={({ currentTarget }) => {
              setSearch(currentTarget.value);
              setLimit(STEP);
            }}
          />
        </label>
        <Segments<PeopleFilter>
          legend={words.show}
          name="people-filter"
          value={filter}
          choices={[
            { value: "all", label: words.everyone },
            { value: "admins", label: words.admins },
            { value: "restricted", label: words.restricted },
          ]}
          onChange={(value) => {
            setFilter(value);
            setLimit(STEP);
          }}
        />
      </div>
      <p class="hint" role="status">
        {all.length > 0 ? words.count(all.length) : loading ? words.loading : words.noMatch}
      </p>
      <ul class="admin-list" aria-label={words.tabs.people} aria-busy={loading}>
        {all.slice(0, limit).map((person) => (
          <PersonRow
            key={person.id}
            person={person}
            state={state}
            words={words}
            open={managed === person.id}
            onToggle={() => {
              state.clearOutcomes();
              setManaged(managed === person.id ? undefined : person.id);
            }}
          />
        ))}
      </ul>
      {all.length > limit && (
        <p class="actions">
          <button type="button" onClick={() => setLimit(limit + STEP)}>{words.showMore}</button>
        </p>
      )}
    </>
  );
}
