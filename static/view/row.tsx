import { RotateCw, Trash2 } from "lucide-preact";
import type { JSX } from "preact";
import type { User } from "../../protocol/mod.ts";
import type { Notice } from "../state/room.ts";
import type { Row } from "../state/rows.ts";
import { errorWords } from "../strings.ts";
import { useApp, useStrings } from "./context.ts";
import { type KnownNames, MessageText } from "./markdown.tsx";
import { Sentence } from "./sentence.tsx";
import { dayOf, fullTimeOf, timeOf } from "./times.ts";

/** How many colours there are for people, see `messages.css`. */
const HUES = 8;

/** What is one letter to the eye may be several characters. */
const GRAPHEMES = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** The sign of a person: a letter on a colour that stays theirs. */
export function Avatar({ user: { id, name } }: { user: User }): JSX.Element {
  let hash = 0;
  for (let i = 0; i < id.length; i++) hash = (hash * 31 + id.charCodeAt(i)) >>> 0;
  const [first] = GRAPHEMES.segment(name);
  const letter = name.startsWith("guest-") ? "·" : first?.segment.toUpperCase() ?? "·";
  return <span class={`avatar hue-${hash % HUES}`} data-letter={letter} aria-hidden="true"></span>;
}

/** One message of the log. */
export function RowView({ row, names }: { row: Row; names: KnownNames }): JSX.Element {
  const { chat, settings } = useApp();
  const strings = useStrings();
  const locale = settings.locale.value;
  const name = chat.nameOf(row.user);
  const time = timeOf(row.at, locale);
  const stamp = (
    <time dateTime={new Date(row.at).toISOString()} title={fullTimeOf(row.at, locale)}>{time}</time>
  );
  return (
    <div class="row" data-key={row.key}>
      {row.startsDay && (
        <p class="rule day">
          <span>{dayOf(row.at, locale, strings)}</span>
        </p>
      )}
      {row.unreadLine && (
        <p class="rule unread">
          <span>{strings.unreadLine}</span>
        </p>
      )}
      <article
        class={`message ${row.startsGroup ? "first" : ""} ${row.pending ? "pending" : ""} ${
          row.pending?.failed ? "failed" : ""
        }`}
        aria-label={`${name}, ${time}`}
      >
        {row.startsGroup
          ? (
            <>
              <Avatar user={{ id: row.user.id, name }} />
              <p class="author">
                <bdi>{name === "" ? "–" : name}</bdi>
                {stamp}
              </p>
            </>
          )
          : stamp}
        <MessageText text={row.text} names={names} />
        {row.pending && <PendingState id={row.key} failed={row.pending.failed} />}
      </article>
      {row.notices.length > 0 && <Notices notices={row.notices} />}
    </div>
  );
}

function PendingState({ id, failed }: { id: string; failed: string | undefined }): JSX.Element {
  const { chat, toComposer } = useApp();
  const strings = useStrings();
  function leave(): void {
    toComposer.value++;
  }
  if (failed === undefined) return <p class="state">{strings.sending}</p>;
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

function Notices({ notices }: { notices: readonly Notice[] }): JSX.Element {
  const { joined, left, renamed } = useStrings();
  return (
    <p class="notices">
      {notices.map(({ kind, user: { name }, was }, index) =>
        kind === "renamed"
          ? <Sentence key={index} names={[was ?? "", name]} make={renamed} />
          : <Sentence key={index} names={[name]} make={kind === "joined" ? joined : left} />
      )}
    </p>
  );
}
