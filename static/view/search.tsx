import type { JSX } from "preact";
import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Message } from "../../protocol/mod.ts";
import type { Phrase } from "../../protocol/words.ts";
import type { Chat } from "../state/chat.ts";
import { highlight } from "../state/highlight.ts";
import type { News } from "../state/live_inbox.ts";
import { OwnSearch } from "../state/own_search.ts";
import { SEARCH_STRINGS, type SearchStrings } from "../search_strings.ts";
import { errorWords } from "../strings.ts";
import { filesWords } from "../state/message_words.ts";
import { shownText } from "../text.ts";
import { visit } from "./address.ts";
import { isComposing } from "./composition.ts";
import { type App, useApp, useStrings } from "./context.ts";
import { Dialog } from "./dialog.tsx";
import { shownName } from "./names.ts";
import { placeOf } from "./room_label.tsx";
import { fullTimeOf, momentOf } from "./times.ts";

/** After the last typed character, in ms. */
const PAUSE_MS = 300;

/** The search of each chat, and whose it is: it is made again when its dialog is opened again. */
const searches = new WeakMap<Chat, { readonly search: OwnSearch; readonly owner: string }>();

function searchOf(chat: Chat): OwnSearch {
  const owner = chat.me.peek()?.id ?? "";
  const known = searches.get(chat);
  if (known?.owner === owner) return known.search;
  const search = new OwnSearch(chat);
  searches.set(chat, { search, owner });
  return search;
}

/** Finds messages by their words, and goes to them. */
export function SearchDialog({ onClose }: { onClose: () => void }): JSX.Element {
  const app = useApp();
  const { chat, settings } = app;
  const strings = useStrings();
  const words = SEARCH_STRINGS[settings.spoken.value];
  const [search] = useState(() => {
    const known = searchOf(chat);
    // What was found before may have been changed or deleted since, or be for others now.
    known.clear();
    return known;
  });
  const field = useRef<HTMLInputElement>(null);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const room = chat.active.value;
  useLayoutEffect(() => field.current?.select(), []);
  useLayoutEffect(() => {
    // It was perhaps confined to a room that is not shown any more.
    if (search.room.peek() !== undefined) search.room.value = room.name;
    start();
    const onNews = (news: News): void => search.take(news);
    app.onNews.add(onNews);
    return () => {
      clearTimeout(timer.current);
      app.onNews.delete(onNews);
    };
  }, []);

  function start(): void {
    clearTimeout(timer.current);
    void search.search();
  }

  function type(text: string): void {
    search.text.value = text;
    clearTimeout(timer.current);
    if (text.trim() === "") search.clear();
    else timer.current = setTimeout(start, PAUSE_MS);
  }

  function confine(on: boolean): void {
    const address = on ? room.name : undefined;
    if (search.room.peek() === address) return;
    search.room.value = address;
    start();
  }

  function open(message: Message): void {
    onClose();
    visit(`#/${message.room}/${message.seq}`);
  }

  const { messages, phrases, next } = search.found.value;
  const problem = search.problem.value;
  const isEmpty = search.text.value.trim() === "";
  const hasNone = search.isDone.value && messages.length === 0;
  return (
    <Dialog class="directory" title={words.title} onClose={onClose}>
      <form
        class="directory-search"
        role="search"
        onSubmit={(event) => {
          event.preventDefault();
          start();
        }}
      >
        <input
          ref={field}
          type="search"
          autofocus
          aria-label={words.field}
          placeholder={words.hint}
          value={search.text.value}
          maxLength={1000}
          autocapitalize="off"
          autocomplete="off"
          spellcheck={false}
          enterkeyhint="search"
          onInput={({ currentTarget }) => type(currentTarget.value)}
          onKeyDown={(event) => {
            // A browser would clear the field first.
            if (event.key !== "Escape" || isComposing(event)) return;
            event.preventDefault();
            // Nor does it mean what it does beside dialogs.
            event.stopPropagation();
            onClose();
          }}
        />
        <label class="switch">
          <input
            type="checkbox"
            checked={search.room.value !== undefined}
            onChange={({ currentTarget }) => confine(currentTarget.checked)}
          />
          <span>{words.onlyHere(placeOf(app, room))}</span>
        </label>
      </form>
      <p class="problem" role="alert">{problem && errorWords(strings, problem)}</p>
      <p class="hint" role="status">
        {search.loading.value
          ? words.searching
          : hasNone
          ? words.nothing
          : search.isDone.value && words.found(messages.length, next !== undefined)}
      </p>
      {messages.length > 0 && (
        <ul
          class="directory-list found-list"
          aria-label={words.results}
          aria-busy={search.loading.value}
        >
          {messages.map((message) => (
            <li key={`${message.room} ${message.seq}`}>
              <button type="button" onClick={() => open(message)}>
                <FoundMessage message={message} phrases={phrases} words={words} />
              </button>
            </li>
          ))}
        </ul>
      )}
      {next !== undefined && (
        <p class="actions">
          <button type="button" onClick={() => void search.loadMore()}>{words.showMore}</button>
        </p>
      )}
      {(isEmpty || hasNone) && <HowTo words={words} />}
    </Dialog>
  );
}

function FoundMessage(
  { message, phrases, words }: {
    message: Message;
    phrases: readonly Phrase[];
    words: SearchStrings;
  },
): JSX.Element {
  const app = useApp();
  const { chat, settings } = app;
  const strings = useStrings();
  const { at, room, text, user } = message;
  const locale = settings.locale.value;
  const isHidden = chat.ignoring.hides(user.id);
  const name = shownName(app, user);
  const shown = [filesWords(message, strings), shownText(text)].filter(Boolean).join(" · ");
  // The dialog is drawn at each key.
  const parts = useMemo(() => highlight(shown, phrases), [shown, phrases]);
  return (
    <>
      <span class="directory-name">
        <bdi>{name}</bdi>
        <span class="hint">
          <bdi>{placeNamed(app, room, words)}</bdi>
        </span>
      </span>
      <time class="facts" dateTime={new Date(at).toISOString()} title={fullTimeOf(at, locale)}>
        {momentOf(at, locale)}
      </time>
      <span class="directory-topic" dir="auto">
        {isHidden
          ? words.hidden(name)
          : parts.map((part, i) => part.isFound ? <mark key={i}>{part.text}</mark> : part.text)}
      </span>
    </>
  );
}

/** The room of a message as it stands in sentences; it need not be in the list. */
function placeNamed(app: App, address: string, words: SearchStrings): string {
  const room = app.chat.rooms.value.find(({ name }) => name === address);
  if (room) return placeOf(app, room);
  // Of the rooms that others can't read, only direct ones can be missing there: the person has hidden it.
  return address.startsWith("~") ? words.hiddenDirect : `#${address}`;
}

function HowTo({ words }: { words: SearchStrings }): JSX.Element {
  return (
    <>
      <h3>{words.howTo}</h3>
      <dl class="shortcuts">
        {words.operators.map(([example, meaning]) => (
          <div key={example}>
            <dt>
              <code>{example}</code>
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}
