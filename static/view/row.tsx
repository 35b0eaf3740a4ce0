import { Clock3, RotateCw, Trash2 } from "lucide-preact";
import type { JSX } from "preact";
import type { User } from "../../protocol/mod.ts";
import type { Row } from "../state/rows.ts";
import { errorWords } from "../strings.ts";
import { Avatar } from "./avatar.tsx";
import { useApp, useStrings } from "./context.ts";
import { type KnownNames, namesFor } from "../state/mentions.ts";
import { MessageText } from "./markdown.tsx";
import { MessageActions } from "./message_actions.tsx";
import { MessageFiles } from "./message_files.tsx";
import { DeletedNote, Marks, QuoteView, Reactions, RefusedEdit } from "./message_marks.tsx";
import { Previews } from "./previews.tsx";
import { Notices } from "./notices.tsx";
import { PersonButton } from "./person_button.tsx";
import { Sentence } from "./sentence.tsx";
import { dayOf, fullTimeOf, timeOf } from "./times.ts";

/** One message of the log. */
export function RowView({ row, names }: { row: Row; names: KnownNames }): JSX.Element {
  const { chat, dialog, settings } = useApp();
  const strings = useStrings();
  const locale = settings.locale.value;
  const isDeleted = chat.people.isDeleted(row.user);
  const name = isDeleted ? strings.deletedPerson : chat.nameOf(row.user);
  const time = timeOf(row.at, settings.timeLocale);
  const stamp = (
    <time dateTime={new Date(row.at).toISOString()} title={fullTimeOf(row.at, settings.timeLocale)}>
      {time}
    </time>
  );
  const { ignoring } = chat;
  const isHidden = ignoring.hides(row.user.id);
  const isSending = row.pending !== undefined && row.pending.failed === undefined &&
    chat.connection.state.value.kind === "open";
  // Beside the name or before the text, where it covers nothing and moves nothing.
  const mark = isSending && (
    <span class="sending" role="img" aria-label={strings.sending} title={strings.sending}>
      <Clock3 aria-hidden="true" />
    </span>
  );
  return (
    <div class="row" data-key={row.key}>
      {row.startsDay && (
        <p class="rule day">
          {/* By keyboard, it is in the menu of the room. */}
          <button
            type="button"
            class="link"
            tabIndex={-1}
            title={strings.jumpToDate}
            onClick={() => dialog.value = "jump"}
          >
            {dayOf(row.at, locale, strings)}
          </button>
        </p>
      )}
      {row.unreadLine && (
        <p class="rule unread">
          <span>{strings.unreadLine}</span>
        </p>
      )}
      {row.fold === 0
        ? null
        : isHidden
        ? row.startsGroup && <IgnoredNote user={{ id: row.user.id, name }} />
        : (
          <article
            class={classOf(row)}
            aria-label={`${name}, ${time}`}
            // A tap shows the time, which has no place on a phone before that.
            tabIndex={-1}
          >
            {row.startsGroup
              ? (
                <>
                  <Avatar user={{ id: row.user.id, name }} />
                  <p class="author">
                    {name === "" || isDeleted ? <bdi>{name || "–"}</bdi> : (
                      // The list of people is the keyboard's way; a stop at each author would be none.
                      <PersonButton user={{ id: row.user.id, name }} tabIndex={-1}>
                        <bdi>{name}</bdi>
                      </PersonButton>
                    )}
                    {stamp}
                    {mark}
                    {ignoring.has(row.user.id) && (
                      <button
                        type="button"
                        class="link ignored-toggle"
                        onClick={() => ignoring.show(row.user.id, false)}
                      >
                        {strings.hideIgnored}
                      </button>
                    )}
                  </p>
                </>
              )
              : mark || stamp}
            {row.quote && <QuoteView quote={row.quote} room={row.message.room} />}
            {row.message.deleted ? <DeletedNote message={row.message} count={row.fold} /> : (
              row.text !== "" && (
                <MessageText
                  text={row.text}
                  names={namesFor(
                    row.mentions,
                    row.reachesAll ? { ...names, reachesAll: true } : names,
                  )}
                />
              )
            )}
            {!row.message.deleted && <MessageFiles row={row} />}
            <Marks message={row.message} />
            <Previews message={row.message} />
            <Reactions message={row.message} />
            <MessageActions row={row} />
            {row.failed && <RefusedEdit action={row.failed} />}
            {row.pending && !isSending && <PendingState id={row.key} failed={row.pending.failed} />}
          </article>
        )}
      {row.notices.length > 0 && <Notices notices={row.notices} />}
    </div>
  );
}

function classOf({ startsGroup, pending, isChanging, failed }: Row): string {
  return [
    "message",
    startsGroup && "first",
    (pending || isChanging) && "pending",
    (pending?.failed || failed) && "failed",
  ].filter(Boolean).join(" ");
}

/** In the place of messages of somebody whom this person ignores. */
function IgnoredNote({ user }: { user: User }): JSX.Element {
  const { chat } = useApp();
  const strings = useStrings();
  return (
    <p class="ignored-note">
      <Sentence names={[user.name]} make={strings.ignored} />
      <button
        type="button"
        class="link ignored-toggle"
        aria-label={strings.showIgnoredOf(user.name)}
        onClick={() => chat.ignoring.show(user.id, true)}
      >
        {strings.showIgnored}
      </button>
    </p>
  );
}

function PendingState({ id, failed }: { id: string; failed: string | undefined }): JSX.Element {
  const { chat, focusComposer } = useApp();
  const strings = useStrings();
  function leave(): void {
    focusComposer();
  }
  if (failed === undefined) return <p class="state">{strings.waiting}</p>;
  return (
    <p class="state">
      {strings.failed} {errorWords(strings, failed)}{" "}
      <button type="button" class="small" onClick={() => (chat.retry(id), leave())}>
        <RotateCw aria-hidden="true" />
        {strings.retry}
      </button>{" "}
      <button type="button" class="small" onClick={() => (chat.discard(id), leave())}>
        <Trash2 aria-hidden="true" />
        {strings.discard}
      </button>
    </p>
  );
}
