import { useSignal } from "@preact/signals";
import { ArrowDown, ArrowUp } from "lucide-preact";
import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useMemo, useReducer, useRef } from "preact/hooks";
import type { Message } from "../../protocol/mod.ts";
import { EVERYONE_MEMBERS } from "../../protocol/types.ts";
import type { Room } from "../state/room.ts";
import { foldsOf, isSameRow, makeRows, type Row } from "../state/rows.ts";
import { JUMPING_MS, Viewport } from "../state/viewport.ts";
import { forgetPlace } from "./address.ts";
import { isAttentive } from "./attention.ts";
import { useApp, useStrings } from "./context.ts";
import { DayPill } from "./day_pill.tsx";
import { EmptyRoom } from "./empty_room.tsx";
import { type KnownNames, namesFor } from "../state/mentions.ts";
import { mentionSearch, useKnownNames } from "./names.ts";
import { useBeginning } from "./room_label.tsx";
import { onLongPress } from "./long_press.ts";
import { openAbout } from "./message_actions.tsx";
import { RowView } from "./row.tsx";

const ANCHORING = CSS.supports("overflow-anchor", "auto");

/** The messages of a room. Only the rows near the visible part are drawn, see {@linkcode Viewport}. */
export function MessageLog({ room }: { room: Room }): JSX.Element {
  const app = useApp();
  const { chat } = app;
  const strings = useStrings();
  const beginning = useBeginning(room);
  const port = useRef<HTMLDivElement>(null);
  const head = useRef<HTMLDivElement>(null);
  const above = useRef<HTMLDivElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const below = useRef<HTMLDivElement>(null);
  const top = useSignal<number | undefined>(undefined);
  const [, redraw] = useReducer((n: number, _: void) => n + 1, 0);
  const viewport = useMemo(() =>
    new Viewport({
      room,
      anchoring: ANCHORING,
      attentive: isAttentive,
      redraw,
      loadOlder: () => chat.places.loadOlder(room),
      loadFurther: () => chat.places.loadFurther(room),
      onNewest: () => {
        chat.places.toNewest(room);
        forgetPlace(room.name);
      },
      seek: (seq) => chat.places.seek(room, seq),
    }), []);

  const revision = room.revision.value;
  const isPlace = room.place.value !== undefined;
  // Pending messages come after the newest message.
  const pending = isPlace ? [] : chat.outbox.of(room.name)
    .map((each) => ({ ...each, at: chat.serverTime(each.at) }));
  const keys = useMemo(
    () => [...room.keys, ...pending.map(({ id }) => id)],
    [revision, isPlace, pending.length],
  );
  const { hidden } = chat.ignoring;
  const folds = useMemo(
    () => foldsOf(room, hidden.value),
    [revision, isPlace, hidden.value, room.line.value, room.notices.value],
  );
  const range = viewport.update(keys, port.current?.clientHeight, folds.hidden);
  const me = chat.me.value ?? { id: "", name: "" };
  const shown = (message: Message) => chat.actions.shown(message);
  const rows = makeRows({ room, pending, me, shown, folds, ...range });
  const names = useKnownNames(room);
  const drawnRows = useDrawnRows(rows, names);
  const areUnknown = rows.some(({ mentions }) => namesFor(mentions, names).others);
  // In a crowd all would ask at once for one message.
  const isSmall = room.live.value && room.count.value <= EVERYONE_MEMBERS;
  useEffect(() => {
    if (areUnknown && isSmall) mentionSearch(app, room).search("");
  }, [areUnknown, isSmall]);

  function headHeight(): number {
    return head.current?.offsetHeight ?? 0;
  }

  function settle(): void {
    if (!port.current || !list.current || !above.current || !below.current) return;
    viewport.measure(heightsOf(list.current), list.current.clientWidth);
    above.current.style.height = `${viewport.above}px`;
    below.current.style.height = `${viewport.below}px`;
    const drawn = new Set(rows.map(({ key }) => key));
    viewport.settle(port.current, headHeight(), drawn);
    const marked = viewport.takeMarked(drawn);
    const { current } = list;
    // The message box of a room that is opened takes the focus before.
    if (marked !== undefined) queueMicrotask(() => mark(current, marked));
  }

  /** Only a reader who scrolls sees the day: what moves while messages load is no reason to show it. */
  function noteDay({ scrollTop }: HTMLElement): void {
    if (viewport.isAtEnd) return;
    const y = scrollTop - headHeight();
    // At the very top the first day stands in the log itself.
    top.value = y < 0 ? undefined : room.shown.messages[viewport.indexAt(y)]?.at;
  }

  /** Home and End: the browser's own scroll ends where rows turn out to be of another height. */
  function onKeyDown(event: KeyboardEvent): void {
    viewport.hurry();
    const { key, altKey, ctrlKey, metaKey, shiftKey } = event;
    if (altKey || ctrlKey || metaKey || shiftKey) return;
    if (port.current && moveAmongActions(port.current, event)) return event.preventDefault();
    if (key !== "Home" && key !== "End") return;
    event.preventDefault();
    if (key === "Home") viewport.toBeginning(headHeight());
    else viewport.toEnd();
  }

  /** A long press opens what can be done with a message. */
  function onPress(target: Element): boolean {
    const key = target.closest("article")?.closest<HTMLElement>(".row")?.dataset.key;
    const row = rows.find((each) => each.key === key);
    if (!row || row.pending?.failed !== undefined) return false;
    openAbout(app, "message", row.message);
    return true;
  }

  const latest = useRef(settle);
  latest.current = settle;
  useLayoutEffect(settle);
  useLayoutEffect(() => {
    app.viewport.current = viewport;
    const observer = new ResizeObserver(() => latest.current());
    if (port.current) observer.observe(port.current);
    if (list.current) observer.observe(list.current);
    return () => {
      observer.disconnect();
      app.viewport.current = undefined;
    };
  }, []);

  const pressed = useRef(onPress);
  pressed.current = onPress;
  useEffect(() => {
    if (port.current) return onLongPress(port.current, (target) => pressed.current(target));
  }, []);

  useEffect(() => {
    const pause = room.live.value && viewport.fill();
    const wait = viewport.isJumping ? JUMPING_MS : pause;
    if (!wait) return;
    const timer = setTimeout(redraw, wait);
    return () => clearTimeout(timer);
  });

  useEffect(() => {
    function read(): void {
      if (port.current) viewport.note(port.current, headHeight());
      if (viewport.isAtEnd && room.known.value && isAttentive()) chat.markRead(room);
    }
    read();
    addEventListener("focus", read);
    document.addEventListener("visibilitychange", read);
    return () => {
      removeEventListener("focus", read);
      document.removeEventListener("visibilitychange", read);
    };
  }, [viewport.isAtEnd, revision, room.last.value, room.known.value]);

  /** A button that leads elsewhere in the log and then goes away; the focus must not. */
  function jump(go: () => void): void {
    go();
    port.current?.focus();
  }

  const empty = room.known.value && keys.length === 0;
  return (
    <div class="log-frame">
      <div
        class="log"
        role="log"
        aria-label={strings.messages}
        aria-live="off"
        tabIndex={0}
        ref={port}
        onScroll={({ currentTarget }) => {
          viewport.scrolled(currentTarget, headHeight(), list.current?.clientWidth ?? 0);
          noteDay(currentTarget);
        }}
        onKeyDown={onKeyDown}
        onWheel={() => viewport.hurry()}
        onTouchMove={() => viewport.hurry()}
      >
        <div class="head" ref={head}>
          {/* An empty room has texts of its own. */}
          {!room.known.value
            ? <p>{strings.loadingRoom}</p>
            : room.shown.hasOlder
            ? <p>{strings.loadingOlder}</p>
            : !empty && <p>{beginning}</p>}
        </div>
        {empty && <EmptyRoom room={room} />}
        <div class="space" ref={above}></div>
        <div class="rows" ref={list}>{drawnRows}</div>
        <div class="space" ref={below}></div>
        {isPlace && <p class="tail">{strings.loadingNewer}</p>}
      </div>
      <DayPill at={top} />
      {viewport.isLineAbove && (
        <button
          type="button"
          class="jump up"
          onClick={() => jump(() => viewport.toLine())}
        >
          <ArrowUp aria-hidden="true" />
          {strings.toUnread}
        </button>
      )}
      {!viewport.isAtEnd && (
        <button
          type="button"
          class="jump down"
          aria-label={strings.newMessages(room.unread.value)}
          title={strings.newMessages(room.unread.value)}
          onClick={() => jump(() => viewport.toEnd())}
        >
          <ArrowDown aria-hidden="true" />
          {room.unread.value > 0 && (
            <span class="count">{room.unread.value > 99 ? "99+" : room.unread.value}</span>
          )}
        </button>
      )}
    </div>
  );
}

/**
 * Moves the focus from the log to what can be done with the newest message in view, from there to that of the messages
 * above and below, and back. Returns whether it has.
 */
function moveAmongActions(port: HTMLElement, { key, target }: KeyboardEvent): boolean {
  const bars = [...port.querySelectorAll<HTMLElement>(".message-actions")];
  /** Returns the buttons of a message: those of its actions, then those in it. */
  const buttons = (bar: HTMLElement | undefined) => [
    ...bar?.querySelectorAll("button") ?? [],
    ...bar?.closest(".message")?.querySelectorAll<HTMLButtonElement>(
      ".quote, .files :is(button, a), .reactions button",
    ) ?? [],
  ];
  const at = bars.findIndex((bar) =>
    target instanceof Node && buttons(bar).some((button) => button === target)
  );
  const all = buttons(bars[at]);
  const column = all.findIndex((button) => button === target);
  /** Returns the button at the same place of another message, which may have fewer. */
  const beside = (bar: HTMLElement | undefined) => buttons(bar)[column] ?? buttons(bar).at(-1);
  const { bottom } = port.getBoundingClientRect();
  const message = target instanceof HTMLElement && target.matches("article") ? target : undefined;
  const next = target === port && key === "Enter"
    ? buttons(bars.findLast((bar) => bar.getBoundingClientRect().top < bottom))[0]
    : message && key === "Enter"
    ? buttons(bars.find((bar) => message.contains(bar)))[0]
    : column === -1
    ? undefined
    : key === "ArrowUp"
    ? beside(bars[at - 1])
    : key === "ArrowDown"
    ? beside(bars[at + 1])
    : key === "ArrowLeft"
    ? all[column - 1]
    : key === "ArrowRight"
    ? all[column + 1]
    : key === "Escape"
    ? port
    : undefined;
  next?.focus();
  return next !== undefined;
}

/** The elements of rows. An unchanged row keeps its element, which then costs nothing to compare. */
function useDrawnRows(rows: readonly Row[], names: KnownNames): JSX.Element[] {
  const before = useRef<ReadonlyMap<string, { row: Row; names: KnownNames; element: JSX.Element }>>(
    new Map(),
  );
  const now = new Map(rows.map((row) => {
    const known = before.current.get(row.key);
    if (known && isSameRow(known.row, row, known.names === names)) return [row.key, known];
    return [row.key, { row, names, element: <RowView key={row.key} row={row} names={names} /> }];
  }));
  before.current = now;
  return [...now.values()].map(({ element }) => element);
}

/** Time for which the target of a jump is marked, in ms. */
const MARKED_MS = 3_000;

/** Marks the message that was gone to for a moment, and moves the focus there, so that it is read out. */
function mark(list: HTMLElement, key: string): void {
  const row = list.querySelector(`[data-key="${CSS.escape(key)}"]`);
  if (!(row instanceof HTMLElement)) return;
  row.classList.add("marked");
  setTimeout(() => row.classList.remove("marked"), MARKED_MS);
  // A message of somebody who is ignored is not drawn.
  const message = row.querySelector("article") ?? row.closest<HTMLElement>(".log");
  message?.focus({ preventScroll: true });
}

function* heightsOf(list: HTMLElement): Generator<{ key: string; height: number }> {
  for (const child of list.children) {
    if (child instanceof HTMLElement && child.dataset.key !== undefined) {
      yield { key: child.dataset.key, height: child.getBoundingClientRect().height };
    }
  }
}
