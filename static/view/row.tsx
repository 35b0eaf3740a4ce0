import { Clock3, Flag, Link, MailOpen, RotateCw, Trash2 } from "lucide-preact";
import type { JSX } from "preact";
import type { User } from "../../protocol/mod.ts";
import type { Row } from "../state/rows.ts";
import { errorWords } from "../strings.ts";
import { Avatar } from "./avatar.tsx";
import { useApp, useStrings } from "./context.ts";
import { type KnownNames, namesFor } from "../state/mentions.ts";
import { copyLink } from "./link.ts";
import { MessageText } from "./markdown.tsx";
import { IconButton } from "./icon_button.tsx";
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
      {isHidden ? row.startsGroup && <IgnoredNote user={{ id: row.user.id, name }} /> : (
        <article
          class={`message ${row.startsGroup ? "first" : ""} ${row.pending ? "pending" : ""} ${
            row.pending?.failed ? "failed" : ""
          }`}
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
          <MessageText
            text={row.text}
            names={namesFor(row.mentions, row.reachesAll ? { ...names, reachesAll: true } : names)}
          />
          <MessageActions row={row} />
          {row.pending && !isSending && <PendingState id={row.key} failed={row.pending.failed} />}
        </article>
      )}
      {row.notices.length > 0 && <Notices notices={row.notices} />}
    </div>
  );
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

/** What can be done with a message; by keyboard from the log, see `log.tsx`. */
function MessageActions({ row }: { row: Row }): JSX.Element | null {
  const app = useApp();
  const { chat, dialog, reporting, spoken } = app;
  const strings = useStrings();
  const { seq, text, user } = row;
  if (seq === undefined) return null;
  const room = chat.active.peek();
  const isOwn = user.id === chat.me.value?.id;
  return (
    <div class="message-actions" role="toolbar" aria-label={strings.messageActions}>
      {/* The server keeps no marker for a guest. */}
      {!isOwn && room.role.value !== undefined && (
        <IconButton
          label={strings.unreadFromHere}
          tabIndex={-1}
          onClick={() => {
            chat.markUnread(room, seq);
            spoken.value = strings.markedUnread;
          }}
        >
          <MailOpen aria-hidden="true" />
        </IconButton>
      )}
      {!isOwn && (
        <IconButton
          label={strings.reportMessage}
          tabIndex={-1}
          onClick={() => {
            reporting.value = { user, message: { room: room.name, seq, text } };
            dialog.value = "report";
          }}
        >
          <Flag aria-hidden="true" />
        </IconButton>
      )}
      <IconButton
        label={strings.copyMessageLink}
        tabIndex={-1}
        onClick={() => void copyLink(app, room, seq)}
      >
        <Link aria-hidden="true" />
      </IconButton>
    </div>
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
