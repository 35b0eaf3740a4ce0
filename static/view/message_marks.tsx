import { Pin, Reply, RotateCw, SmilePlus, Trash2 } from "lucide-preact";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import type { Message, Reaction } from "../../protocol/mod.ts";
import type { MessageAction } from "../state/action_queue.ts";
import { targetOf } from "../state/message_actions.ts";
import { messageWords } from "../state/message_words.ts";
import { personIn } from "../state/names.ts";
import { excerpt, type Quote } from "../state/quote.ts";
import { errorWords } from "../strings.ts";
import { visit } from "./address.ts";
import { type App, useApp, useStrings } from "./context.ts";
import { messageRights, openAbout } from "./message_actions.tsx";
import { shownName } from "./names.ts";
import { fullTimeOf, momentOf } from "./times.ts";

/** The most names that a reaction says; the others are counted. */
const NAMED = 5;

/** The message that a message answers: one line that leads there. */
export function QuoteView({ quote, room }: { quote: Quote; room: string }): JSX.Element {
  const app = useApp();
  const strings = useStrings();
  const { message, seq } = quote;
  const isMissing = message === undefined;
  useEffect(() => {
    const here = app.chat.room(room);
    if (isMissing && here && seq >= here.first.peek()) app.chat.places.loadQuote(here, seq);
  }, [isMissing, room, seq]);
  const text = message === undefined
    ? strings.earlierMessage
    : message.deleted
    ? strings.deletedMessage
    : messageWords(message, strings);
  const name = message && shownName(app, message.user);
  return (
    <button
      type="button"
      class="quote"
      tabIndex={-1}
      aria-label={name ? strings.inReplyTo(name, text) : text}
      onClick={() => visit(`#/${room}/${seq}`)}
    >
      <Reply aria-hidden="true" />
      {name && <bdi class="quoted-name">{name}</bdi>}
      <span class={message?.deleted || !message ? "quoted-note" : ""} dir="auto">{text}</span>
    </button>
  );
}

/** In the place of a text that was deleted, or of several. */
export function DeletedNote(
  { message, count }: { message: Message; count: number },
): JSX.Element {
  const strings = useStrings();
  return (
    <p class="deleted-note">
      <Trash2 aria-hidden="true" />
      {message.deleted !== "moderator"
        ? strings.deletedByAuthor
        : count > 1
        ? strings.deletedSeveral(count)
        : strings.deletedByModerator}
    </p>
  );
}

/** The marks behind the text of a message: when it was edited, and whether it is pinned. */
export function Marks({ message }: { message: Message }): JSX.Element | null {
  const { settings } = useApp();
  const strings = useStrings();
  const { edited, pinned } = message;
  if (edited === undefined && !pinned) return null;
  const locale = settings.timeLocale;
  return (
    <span class="marks">
      {edited !== undefined && (
        <time
          class="edited"
          dateTime={new Date(edited).toISOString()}
          title={strings.editedAt(fullTimeOf(edited, locale))}
          aria-label={strings.editedAt(momentOf(edited, locale))}
          role="img"
        >
          {strings.edited}
        </time>
      )}
      {pinned && (
        <span class="pinned" role="img" aria-label={strings.pinned} title={strings.pinned}>
          <Pin aria-hidden="true" />
        </span>
      )}
    </span>
  );
}

/** The reactions to a message, and a way to add another one. */
export function Reactions({ message }: { message: Message }): JSX.Element | null {
  const app = useApp();
  const { chat } = app;
  const strings = useStrings();
  const { reactions = [] } = message;
  if (reactions.length === 0) return null;
  const room = chat.active.value;
  const { react } = messageRights(app, room, message);
  // It may become known whose a reaction is.
  chat.actions.revision.value;
  return (
    <ul class="reactions" aria-label={strings.reactions}>
      {reactions.map((reaction) => {
        const isOn = chat.actions.hasReacted(message, reaction);
        const label = reactionLabel(app, message, reaction, isOn);
        return (
          <li key={reaction.emoji}>
            <button
              type="button"
              class={`reaction ${isOn ? "own" : ""}`}
              tabIndex={-1}
              aria-pressed={isOn}
              aria-disabled={!react}
              aria-label={label}
              title={label}
              onClick={() => react && chat.actions.react(targetOf(message), reaction.emoji, !isOn)}
            >
              <span class="emoji" aria-hidden="true">{reaction.emoji}</span>
              <span aria-hidden="true">{reaction.count}</span>
            </button>
          </li>
        );
      })}
      {react && (
        <li>
          <button
            type="button"
            class="reaction add"
            tabIndex={-1}
            aria-label={strings.addReaction}
            title={strings.addReaction}
            aria-haspopup="dialog"
            onClick={({ currentTarget }) => openAbout(app, "emoji", message, currentTarget)}
          >
            <SmilePlus aria-hidden="true" />
          </button>
        </li>
      )}
    </ul>
  );
}

/** An emoji, and the names of those who reacted with it as far as they are known here. */
function reactionLabel(
  app: App,
  message: Message,
  { emoji, users, count }: Reaction,
  isOn: boolean,
): string {
  const { chat, settings } = app;
  const { reactedWith, you } = settings.strings.value;
  const me = chat.me.value?.id;
  const room = chat.room(message.room);
  const others = users.filter((id) => id !== me)
    .map((id) => room && personIn(room, id))
    .flatMap((user) => user ? [shownName(app, user)] : []);
  const names = [...isOn ? [you] : [], ...others].slice(0, NAMED);
  return `${emoji} ${count}: ${reactedWith(names, count - names.length)}`;
}

/** An edit that the server refused, with what can be done about it. */
export function RefusedEdit({ action }: { action: MessageAction }): JSX.Element {
  const { chat, focusComposer } = useApp();
  const strings = useStrings();
  const { failed = "", wish } = action;
  return (
    <div class="state">
      <p>{strings.notEdited} {errorWords(strings, failed)}</p>
      {wish.kind === "edit" && (
        <p class="refused-text" dir="auto">{excerpt(wish.text, strings.hiddenSpoiler)}</p>
      )}
      <button
        type="button"
        class="small"
        onClick={() => {
          chat.actions.retry(action);
          focusComposer();
        }}
      >
        <RotateCw aria-hidden="true" />
        {strings.retry}
      </button>
      <button
        type="button"
        class="small"
        onClick={() => {
          chat.actions.discard(action);
          focusComposer();
        }}
      >
        <Trash2 aria-hidden="true" />
        {strings.discard}
      </button>
    </div>
  );
}
