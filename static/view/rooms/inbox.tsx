import type { JSX } from "preact";
import { effect } from "@preact/signals";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Message } from "../../../protocol/mod.ts";
import { EVERYONE } from "../../../protocol/types.ts";
import { concernsInbox, type News, Paced, renewed } from "../../state/live_inbox.ts";
import { errorWords } from "../../strings.ts";
import { filesWords } from "../../state/message_words.ts";
import { shownText } from "../../text.ts";
import { visit } from "../address.ts";
import { Avatar } from "../avatar.tsx";
import { useApp, useStrings } from "../context.ts";
import { Dialog } from "../dialog.tsx";
import { placeOf } from "../room_label.tsx";
import { fullTimeOf, momentOf } from "../times.ts";
import { useWords } from "./words.ts";

/** The characters that are shown of a message, at most; the style sheet cuts it after some lines. */
const EXCERPT = 500;
/** The messages of one request. */
const PAGE = 20;
/** The messages of one answer, at most. */
const LARGEST_PAGE = 50;

/** Messages of all rooms that mention this person or reply to them, newest first. */
export function InboxDialog({ onClose }: { onClose: () => void }): JSX.Element {
  const app = useApp();
  const { chat } = app;
  const strings = useStrings();
  const words = useWords();
  const [messages, setMessages] = useState<readonly Message[] | undefined>();
  const [next, setNext] = useState<string | undefined>();
  const [problem, setProblem] = useState<string | undefined>();
  const listed = useRef<readonly Message[]>([]);
  listed.current = messages ?? [];

  async function load(before?: string): Promise<void> {
    const answer = await chat.requests.ask({
      ...{ type: "inbox", limit: PAGE },
      ...(before !== undefined && { before }),
    });
    setProblem(answer.ok ? undefined : answer.code);
    if (!answer.ok || answer.line.type !== "inbox") return;
    const { messages: more, next } = answer.line;
    setMessages((here = []) => [...here, ...more]);
    setNext(next);
  }

  /** Loads the newest again; those below them stay. */
  async function renew(): Promise<void> {
    const { length } = listed.current;
    const limit = Math.min(Math.max(PAGE, length), LARGEST_PAGE);
    const answer = await chat.requests.ask({ type: "inbox", limit });
    // On an error the list stays as it was.
    if (!answer.ok && length > 0) return;
    setProblem(answer.ok ? undefined : answer.code);
    if (!answer.ok || answer.line.type !== "inbox") return;
    const { messages: newest, next } = answer.line;
    const all = renewed(newest, next !== undefined, listed.current);
    setMessages(all);
    if (all.length === newest.length) setNext(next);
  }

  useEffect(() => {
    const paced = new Paced(() => void renew());
    const isMine = (news: News): boolean =>
      concernsInbox(news, listed.current, chat.me.peek()?.id ?? "");
    const onNews = (news: News): void => {
      if (isMine(news)) paced.want();
    };
    app.onNews.add(onNews);
    // At first, and after each connection that was lost.
    const end = effect(() => {
      if (chat.connection.state.value.kind === "open") paced.want();
      else if (listed.current.length === 0) setProblem("offline");
    });
    return () => {
      app.onNews.delete(onNews);
      end();
      paced[Symbol.dispose]();
    };
  }, []);

  return (
    <Dialog title={words.inbox} onClose={onClose}>
      <p class="problem" role="alert">{problem !== undefined && errorWords(strings, problem)}</p>
      {(messages === undefined || messages.length === 0) && problem === undefined && (
        <p class="hint" role="status">{messages ? words.noMentions : words.loading}</p>
      )}
      {messages !== undefined && messages.length > 0 && (
        <ul class="inbox" aria-label={words.inbox}>
          {messages.map((message) => (
            <InboxItem
              key={`${message.room}/${message.seq}`}
              message={message}
              onClose={onClose}
            />
          ))}
        </ul>
      )}
      {next !== undefined && (
        <p class="actions">
          <button type="button" onClick={() => void load(next)}>{words.showMore}</button>
        </p>
      )}
    </Dialog>
  );
}

function InboxItem(
  { message, onClose }: { message: Message; onClose: () => void },
): JSX.Element {
  const app = useApp();
  const { chat, drawer, settings } = app;
  const strings = useStrings();
  const words = useWords();
  const { room: address, seq, text, at, user, mentions = [] } = message;
  const room = chat.room(address);
  const isUnread = room?.role.value !== undefined && seq > (room.read.value ?? Infinity);
  const name = chat.people.isDeleted(user) ? strings.deletedPerson : chat.nameOf(user) || "–";
  const me = chat.me.value?.id;
  const isMention = mentions.some((person) => person === EVERYONE || person === me);
  const link = `#/${address}/${seq}`;
  const excerpt = useMemo(
    () =>
      [filesWords(message, strings), shownText(text, strings.hiddenSpoiler).slice(0, EXCERPT)]
        .filter(Boolean).join(" · "),
    [message, strings],
  );
  return (
    <li>
      <a
        href={link}
        class={isUnread ? "unread" : ""}
        onClick={(event) => {
          if (event.ctrlKey || event.metaKey || event.shiftKey) return;
          event.preventDefault();
          drawer.value = false;
          onClose();
          // The dialog gives the focus back first.
          setTimeout(() => visit(link));
        }}
      >
        <Avatar user={{ id: user.id, name }} />
        <span class="inbox-head">
          <span class="inbox-about">
            <bdi class="inbox-name">{name}</bdi>{" "}
            {isMention ? words.mentionedYou : words.repliedToYou}{" "}
            <bdi class="hint">{room ? placeOf(app, room) : `#${address}`}</bdi>
          </span>
          <time
            class="hint"
            dateTime={new Date(at).toISOString()}
            title={fullTimeOf(at, settings.timeLocale)}
          >
            {momentOf(at, settings.timeLocale)}
          </time>
          {isUnread && (
            <span class="inbox-mark">
              <span class="unseen">{words.unreadMark}</span>
            </span>
          )}
        </span>
        <span class="inbox-text" dir="auto">{excerpt}</span>
      </a>
    </li>
  );
}
