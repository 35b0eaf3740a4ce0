import { ArrowDown, ArrowUp } from "lucide-preact";
import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useMemo, useReducer, useRef, useState } from "preact/hooks";
import { Heights } from "../state/heights.ts";
import type { Room } from "../state/room.ts";
import { isSameRow, makeRows, type Row } from "../state/rows.ts";
import { isAttentive } from "./attention.ts";
import { useApp, useStrings } from "./context.ts";
import type { KnownNames } from "./markdown.tsx";
import { useKnownNames } from "./names.ts";
import { RowView } from "./row.tsx";

/** A row's height before any was seen, in px. */
const ESTIMATE = 48;
/** How far beyond the visible part rows are drawn, in px: a wheel's turn shows none missing. */
const OVERSCAN = 600;
/** The same where no row is left of those drawn before: what is in view first, the rest when jumps have ended. */
const OVERSCAN_OF_JUMP = 60;
/** So long after the last jump, in ms, they have ended: who scrolls that fast needs no rows prepared. */
const JUMPING_MS = 100;
/** With less than this above, in px, older messages are asked for. */
const OLDER_WITHIN = 2_500;
/** So near the end, in px, is at the end. */
const AT_END = 40;
/** Above the first unread message some of the read ones stay in sight, in px. */
const LINE_OFFSET = 96;
/** Measuring changes what is visible, which is to be measured: it ends by itself, or here. */
const PASSES = 6;

/**
 * Whether the browser itself keeps in place what is in view when something above it grows. It does so
 * without ending a scroll that is under way, which a page can't; but not at the very top.
 */
const ANCHORING = CSS.supports("overflow-anchor", "auto");

/** Without a scroll event for this long, in ms, no scroll is under way. */
const SCROLLING_MS = 200;

/** What the reader looks at: the end, whatever comes, or a row and how far above the view it begins. */
type Anchor = { readonly key: undefined } | { readonly key: string; readonly offset: number };
const END: Anchor = { key: undefined };

/** Where the reader was in each room. */
const anchors = new Map<string, Anchor>();

/**
 * The messages of a room. Only the rows near the visible part are drawn; what the reader looks at stays
 * where it is whatever is loaded, measured or made wider.
 */
export function MessageLog({ room }: { room: Room }): JSX.Element {
  const app = useApp();
  const { chat } = app;
  const strings = useStrings();
  const known = useKnownNames(room);
  const port = useRef<HTMLDivElement>(null);
  const head = useRef<HTMLDivElement>(null);
  const above = useRef<HTMLDivElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const below = useRef<HTMLDivElement>(null);
  const anchor = useRef(savedAnchor(room));
  const drawn = useRef({ start: 0, end: 0 });
  /** The rows that were there before this drawing: only those the browser can keep in place. */
  const seen = useRef<ReadonlySet<string>>(new Set());
  const elements = useRef(
    new Map<string, { row: Row; names: KnownNames; element: JSX.Element }>(),
  );
  const scrolledAt = useRef(0);
  const jumpedAt = useRef(-Infinity);
  /** The rows' width when they were measured, in px. */
  const width = useRef(0);
  const passes = useRef(0);
  const [, redraw] = useReducer((n: number) => n + 1, 0);
  const [atEnd, setAtEnd] = useState(true);
  const [lineAbove, setLineAbove] = useState(false);
  /** The line of the first unread message that was in view. */
  const lineSeen = useRef<number | undefined>();
  /** The `seq` of the message to go to as soon as it is here. */
  const sought = useRef<number | undefined>();
  const heights = useMemo(() => new Heights(ESTIMATE), []);

  const revision = room.revision.value;
  const pending = chat.outbox.of(room.name)
    .map((each) => ({ ...each, at: chat.serverTime(each.at) }));
  const keys = useMemo(
    () => [...room.keys, ...pending.map(({ id }) => id)],
    [revision, pending.length],
  );
  heights.setKeys(keys);
  anchor.current = soughtAnchor() ?? anchor.current ?? firstAnchor(room);
  const { key } = anchor.current ?? END;
  const jumped = key !== undefined && seen.current.size > 0 && !seen.current.has(key);
  if (jumped) jumpedAt.current = performance.now();
  const jumping = performance.now() - jumpedAt.current < JUMPING_MS;
  const range = heights.range(...visible(jumping ? OVERSCAN_OF_JUMP : OVERSCAN));
  drawn.current = range;
  const me = chat.me.value ?? { id: "", name: "" };
  const rows = makeRows({ room, pending, me, ...range });

  function soughtAnchor(): Anchor | undefined {
    if (sought.current === undefined) return undefined;
    const key = room.keys[room.timeline.indexOf(sought.current)];
    if (key === undefined) return undefined;
    sought.current = undefined;
    // So that the view follows, however it moves at the moment.
    scrolledAt.current = 0;
    return { key, offset: -LINE_OFFSET };
  }

  /** A row that is as it was keeps its element, which then costs nothing to compare. */
  function draw(row: Row): JSX.Element {
    const before = elements.current.get(row.key);
    if (before && before.names === known && isSameRow(before.row, row)) return before.element;
    const element = <RowView key={row.key} row={row} names={known} />;
    elements.current.set(row.key, { row, names: known, element });
    return element;
  }

  /** The stretch of the list that is to be drawn: what is in view and `more` on both sides. */
  function visible(more: number): [number, number] {
    const height = port.current?.clientHeight ?? 1000;
    const top = place(anchor.current) ?? heights.total - height;
    return [top - more, top + height + more];
  }

  /** Where the view begins for an anchor; `undefined` for the end. */
  function place(anchor: Anchor | undefined): number | undefined {
    if (anchor?.key === undefined) return undefined;
    const index = heights.indexOf(anchor.key);
    return index < 0 ? undefined : heights.top(index) + anchor.offset;
  }

  /** Measures what is drawn and puts the view back to where the reader was. */
  function settle(): void {
    if (!port.current || !list.current || !above.current || !below.current) return;
    for (const child of list.current.children) {
      if (child instanceof HTMLElement && child.dataset.key !== undefined) {
        heights.measure(child.dataset.key, child.getBoundingClientRect().height);
      }
    }
    width.current = list.current.clientWidth;
    const bar = `${port.current.offsetWidth - port.current.clientWidth}px`;
    const { style } = document.documentElement;
    if (style.getPropertyValue("--bar") !== bar) style.setProperty("--bar", bar);
    const { start, end } = drawn.current;
    above.current.style.height = `${heights.top(start)}px`;
    below.current.style.height = `${heights.total - heights.top(end)}px`;
    const top = place(anchor.current);
    const wanted = top === undefined
      ? port.current.scrollHeight - port.current.clientHeight
      : top + (head.current?.offsetHeight ?? 0);
    const { scrollTop } = port.current;
    const kept = ANCHORING && scrollTop > 0 && seen.current.has(anchor.current?.key ?? "") &&
      performance.now() - scrolledAt.current < SCROLLING_MS;
    if (!kept && Math.abs(scrollTop - wanted) >= 1) port.current.scrollTop = wanted;
    noteEnd(port.current);
    noteLine(port.current);
    seen.current = new Set(rows.map(({ key }) => key));
    for (const key of elements.current.keys()) {
      if (!seen.current.has(key)) elements.current.delete(key);
    }
    const needed = heights.range(...visible(0));
    if ((needed.start < start || needed.end > end) && passes.current++ < PASSES) redraw(0);
    else passes.current = 0;
  }

  /** Whoever sees the end stays there; `atEnd` tells it to what is drawn. */
  function noteEnd({ scrollTop, clientHeight, scrollHeight }: HTMLElement): void {
    if (!anchor.current) return;
    if (scrollHeight - scrollTop - clientHeight < AT_END) anchor.current = END;
    const isAtEnd = anchor.current.key === undefined;
    anchors.set(room.name, anchor.current);
    if (isAtEnd !== atEnd) setAtEnd(isAtEnd);
  }

  /** Notes whether unread messages begin above what is in view, and nobody has seen where. */
  function noteLine({ scrollTop }: HTMLElement): void {
    const { line: { value: line }, timeline } = room;
    const index = line === undefined ? -1 : timeline.indexOf(line + 1);
    const isAbove = index < 0
      ? line !== undefined && line + 1 < (timeline.first ?? 0)
      : heights.top(index) + (head.current?.offsetHeight ?? 0) < scrollTop;
    if (!isAbove && isAttentive()) lineSeen.current = line;
    setLineAbove(isAbove && line !== lineSeen.current);
  }

  function onScroll(): void {
    const { current: element } = port;
    // In a window of another width nothing is where it was measured, until `settle` comes.
    if (!element || list.current?.clientWidth !== width.current) return;
    scrolledAt.current = performance.now();
    const y = element.scrollTop - (head.current?.offsetHeight ?? 0);
    const index = heights.indexAt(y);
    const key = heights.keyAt(index);
    anchor.current = key === undefined ? END : { key, offset: y - heights.top(index) };
    noteEnd(element);
    noteLine(element);
    const { start, end } = heights.range(...visible(OVERSCAN / 2));
    if (start < drawn.current.start || end > drawn.current.end) redraw(0);
    if (y < OLDER_WITHIN) chat.loadOlder(room);
  }

  function toEnd(): void {
    anchor.current = END;
    anchors.set(room.name, END);
    setAtEnd(true);
    redraw(0);
  }

  function toBeginning(): void {
    const key = heights.keyAt(0);
    if (key === undefined) return;
    anchor.current = { key, offset: -(head.current?.offsetHeight ?? 0) };
    // So that the view follows, however it moves at the moment.
    scrolledAt.current = 0;
    redraw(0);
  }

  /** The browser's own way there is a scroll that ends where rows turn out to be of another height. */
  function onKeyDown(event: KeyboardEvent): void {
    const { key, altKey, ctrlKey, metaKey, shiftKey } = event;
    if (altKey || ctrlKey || metaKey || shiftKey || (key !== "Home" && key !== "End")) return;
    event.preventDefault();
    if (key === "Home") toBeginning();
    else toEnd();
  }

  function toLine(): void {
    const line = room.line.peek();
    if (line === undefined) return;
    lineSeen.current = line;
    sought.current = Math.max(line + 1, room.first.peek());
    chat.seek(room, sought.current);
    setLineAbove(false);
    redraw(0);
  }

  const latest = useRef(settle);
  latest.current = settle;
  useLayoutEffect(settle);
  useEffect(() => {
    if (!jumping) return;
    const timer = setTimeout(() => redraw(0), JUMPING_MS);
    return () => clearTimeout(timer);
  });

  // A room whose few messages don't fill the view can't be scrolled to ask for more.
  useEffect(() => {
    const [top] = visible(0);
    if (room.live.value && top < OLDER_WITHIN) chat.loadOlder(room);
  });

  useEffect(() => {
    const observer = new ResizeObserver(() => latest.current());
    if (port.current) observer.observe(port.current);
    if (list.current) observer.observe(list.current);
    return () => observer.disconnect();
  }, []);

  // Own messages are always wanted to be seen.
  const wishes = useRef(app.toNewest.peek());
  useEffect(() => {
    if (app.toNewest.value > wishes.current) toEnd();
  }, [app.toNewest.value]);

  const last = room.last.value;
  useEffect(() => {
    function read(): void {
      if (port.current) noteLine(port.current);
      if (anchor.current === END && isAttentive()) {
        chat.markRead(room);
      }
    }
    read();
    addEventListener("focus", read);
    document.addEventListener("visibilitychange", read);
    return () => {
      removeEventListener("focus", read);
      document.removeEventListener("visibilitychange", read);
    };
  }, [atEnd, revision, last]);

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
        onScroll={onScroll}
        onKeyDown={onKeyDown}
      >
        <div class="head" ref={head}>
          {/* An empty room has its own words. */}
          {!room.known.value
            ? <p>{strings.loadingRoom}</p>
            : room.timeline.hasOlder
            ? <p>{strings.loadingOlder}</p>
            : !empty && <p>{strings.beginning(room.name)}</p>}
        </div>
        {empty && (
          <div class="empty">
            <p>{strings.emptyRoom}</p>
            <p>{strings.emptyRoomHint}</p>
          </div>
        )}
        <div class="space" ref={above}></div>
        <div class="rows" ref={list}>
          {rows.map(draw)}
        </div>
        <div class="space" ref={below}></div>
      </div>
      {lineAbove && (
        <button
          type="button"
          class="jump up"
          onClick={() => {
            toLine();
            port.current?.focus();
          }}
        >
          <ArrowUp aria-hidden="true" />
          {strings.toUnread}
        </button>
      )}
      {!atEnd && (
        <button
          type="button"
          class="jump down"
          onClick={() => {
            toEnd();
            // The button goes away, the focus must not.
            port.current?.focus();
          }}
        >
          <ArrowDown aria-hidden="true" />
          {strings.newMessages(room.unread.value)}
        </button>
      )}
    </div>
  );
}

/** Where the reader left a room; at its end is as good as nowhere when there is something new. */
function savedAnchor(room: Room): Anchor | undefined {
  const saved = anchors.get(room.name);
  return saved?.key === undefined && room.line.peek() !== undefined ? undefined : saved;
}

/** Where a room is opened: at its first unread message if that is here, else at the end. */
function firstAnchor(room: Room): Anchor | undefined {
  if (!room.known.value) return undefined;
  const line = room.line.value;
  const key = line === undefined ? undefined : room.keys[room.timeline.indexOf(line + 1)];
  return key === undefined ? END : { key, offset: -LINE_OFFSET };
}
