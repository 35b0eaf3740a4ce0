import { Check, X } from "lucide-preact";
import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { User } from "../../../protocol/mod.ts";
import { KnownPeople, searchPeople } from "../../state/known_people.ts";
import { Avatar } from "../avatar.tsx";
import { isComposing } from "../composition.ts";
import { useApp, useStrings } from "../context.ts";
import { useWords } from "./words.ts";

/** More than these make no list that anyone reads. */
const SHOWN = 100;

/** Chooses people by any part of their names. */
export function PeoplePicker(
  { label, chosen, without, most, onChange }: {
    label: string;
    chosen: readonly User[];
    /** The ids of those who can't be chosen. */
    without: ReadonlySet<string>;
    most: number;
    onChange: (people: readonly User[]) => void;
  },
): JSX.Element {
  const { chat, settings } = useApp();
  const words = useWords();
  const strings = useStrings();
  const [known] = useState(() => new KnownPeople(chat));
  const [typed, setTyped] = useState("");
  const [selected, setSelected] = useState(0);
  const input = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLUListElement>(null);
  useLayoutEffect(() => input.current?.focus(), []);
  useEffect(() => void known.load(), []);
  useLayoutEffect(() => {
    list.current?.querySelector("[data-current]")?.scrollIntoView({ block: "nearest" });
  }, [selected]);
  const found = searchPeople(
    known.list.value.filter(({ id }) => !without.has(id)),
    typed,
    settings.locale.value,
  ).slice(0, SHOWN);

  function toggle(person: User): void {
    const isChosen = chosen.some(({ id }) => id === person.id);
    if (!isChosen && chosen.length >= most) return;
    onChange(isChosen ? chosen.filter(({ id }) => id !== person.id) : [...chosen, person]);
    setTyped("");
    setSelected(0);
    input.current?.focus();
  }

  function onKeyDown(event: KeyboardEvent): void {
    if (isComposing(event)) return;
    const { key } = event;
    const count = found.length;
    const person = found[selected];
    const last = chosen.at(-1);
    if (key === "ArrowDown") setSelected(count === 0 ? 0 : (selected + 1) % count);
    else if (key === "ArrowUp") setSelected(count === 0 ? 0 : (selected + count - 1) % count);
    // With nothing typed it sends the form.
    else if (key === "Enter" && person && (typed !== "" || chosen.length === 0)) toggle(person);
    else if (key === "Backspace" && typed === "" && last) toggle(last);
    else return;
    event.preventDefault();
  }

  return (
    <div class="picker">
      <div class="picker-field" onClick={() => input.current?.focus()}>
        <ul class="chosen" aria-label={label}>
          {chosen.map((person) => (
            <li key={person.id}>
              <bdi>{person.name}</bdi>
              <button
                type="button"
                class="icon"
                aria-label={words.removePerson(person.name)}
                onClick={() => toggle(person)}
              >
                <X aria-hidden="true" />
              </button>
            </li>
          ))}
        </ul>
        <input
          ref={input}
          role="combobox"
          autofocus
          aria-label={words.searchPeople}
          aria-expanded="true"
          aria-controls="found-people"
          aria-activedescendant={found[selected] && `person-${selected}`}
          aria-autocomplete="list"
          placeholder={chosen.length === 0 ? words.searchPeople : ""}
          value={typed}
          autocomplete="off"
          spellcheck={false}
          onInput={({ currentTarget }) => {
            setTyped(currentTarget.value);
            setSelected(0);
          }}
          onKeyDown={onKeyDown}
        />
      </div>
      <ul
        ref={list}
        id="found-people"
        class="found-people"
        role="listbox"
        aria-multiselectable="true"
        aria-label={words.people}
      >
        {found.map((person, index) => {
          const isChosen = chosen.some(({ id }) => id === person.id);
          return (
            <li
              key={person.id}
              id={`person-${index}`}
              role="option"
              data-current={index === selected ? "" : undefined}
              aria-selected={isChosen}
              onMouseDown={(event) => event.preventDefault()}
              onClick={() => toggle(person)}
            >
              <Avatar user={person} />
              <bdi>{person.name}</bdi>
              {person.id === chat.me.value?.id && <span class="hint">{strings.you}</span>}
              {isChosen && <Check class="check" aria-hidden="true" />}
            </li>
          );
        })}
      </ul>
      <p class="hint" role="status">
        {found.length === 0 && (known.loading.value ? words.loading : words.nobody)}
      </p>
    </div>
  );
}
