import { Heights } from "./heights.ts";
import type { Room } from "./room.ts";
import type { LogTarget } from "./room_messages.ts";

/** A row's height before any was measured, in px. */
const ESTIMATE = 48;
/** The distance beyond the visible part to which rows are drawn, in px: a wheel's turn shows none missing. */
const OVERSCAN = 600;
/** The same after a jump to rows that weren't drawn: the visible ones come first, the rest when jumps have ended. */
const OVERSCAN_OF_JUMP = 60;
/** Jumps have ended this long after the last one, in ms: a reader who scrolls that fast needs no rows prepared. */
export const JUMPING_MS = 100;
/** With less than this above, in px, the page asks for older messages. */
const OLDER_WITHIN = 2_500;
/** So many pages that add less than this, in px, are loaded at once; those behind them ever more slowly. */
const EMPTY_PAGES = 3;
const EMPTY = 100;
/** The longest pause between such pages, in ms. */
const PAUSE_MS = 60_000;
/** A view this near the end, in px, is at the end. */
const AT_END = 40;
/** The height of the read messages that stay visible above the first unread one, in px. */
const LINE_OFFSET = 96;
/** The part of the view above a message that was gone to. */
const CONTEXT = 0.3;
/** Measuring changes the visible part, which must be measured again: this settles, or stops here. */
const PASSES = 6;
/** Without a scroll event for this long, in ms, no scroll is under way. */
const SCROLLING_MS = 200;

/** The reader's place: the end, whatever arrives, or a row and the distance of its top above the view's. */
type Anchor = { readonly key: undefined } | { readonly key: string; readonly offset: number };
const END: Anchor = { key: undefined };

/** The reader's place in each room that was shown before. */
const left = new WeakMap<Room, Anchor>();

/** The scrolled element, in px. Setting `scrollTop` moves it. */
export interface ScrollPort {
  scrollTop: number;
  readonly clientHeight: number;
  readonly scrollHeight: number;
}

/** The needs of a {@linkcode Viewport}. */
export interface ViewportOptions {
  readonly room: Room;
  /**
   * Whether the browser itself keeps the visible part in place when something above it grows. It does so
   * without ending a scroll that is under way, which a page can't; but not at the very top.
   */
  readonly anchoring: boolean;
  /** Whether someone is looking at the page. */
  readonly attentive: () => boolean;
  /** Draws the log again. */
  readonly redraw: () => void;
  /** Asks for messages before the first one here. */
  readonly loadOlder: () => void;
  /** Asks for messages after the older stretch that is shown. */
  readonly loadFurther: () => void;
  /** Called when the reader goes to the newest message. */
  readonly onNewest: () => void;
  /** Asks for older messages until that of a `seq` is here. */
  readonly seek: (seq: number) => void;
  /** Milliseconds since some moment. */
  readonly now?: () => number;
}

/**
 * The visible part of a room's log. It decides the rows to draw, and keeps the reader's place whatever is
 * loaded, measured or made wider. It holds numbers and keys alone, no elements.
 *
 * Each drawing is a call of {@linkcode update}, then {@linkcode measure}, then {@linkcode settle}.
 */
export class Viewport {
  readonly #options: ViewportOptions;
  readonly #heights = new Heights(ESTIMATE);
  readonly #now: () => number;
  #anchor: Anchor | undefined;
  #range = { start: 0, end: 0 };
  /** The rows of the drawing before: the browser can keep only these in place. */
  #drawn: ReadonlySet<string> = new Set();
  /** The time of the last scroll event; 0 lets the view follow even if it moves at the moment. */
  #scrolledAt = 0;
  #jumpedAt = -Infinity;
  /** The height of the visible part, in px. */
  #height = 1_000;
  /** The rows' width when they were measured, in px. */
  #width = 0;
  #passes = 0;
  #hidden: ReadonlySet<string> = new Set();
  /** What was here at the last {@linkcode fill}, and the pages since then that added nothing to see. */
  #filled = { edge: NaN, total: 0 };
  #emptyPages = 0;
  #pausedUntil = 0;
  #isAtEnd = true;
  #isLineAbove = false;
  /** The line of the first unread message that was visible. */
  #lineSeen: number | undefined;
  /** The `seq` of the message to go to as soon as it is here. */
  #sought: number | undefined;
  /** The target that this drawing goes to. */
  #reached: LogTarget | undefined;
  /** The row to mark as soon as it is drawn. */
  #marked: string | undefined;

  constructor(options: ViewportOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
    const { room } = options;
    const saved = left.get(room);
    // A room left at its end opens at what is new there, if anything is.
    this.#anchor = saved?.key === undefined && room.line.peek() !== undefined ? undefined : saved;
  }

  /** Whether the newest message is visible; the view then follows new ones. */
  get isAtEnd(): boolean {
    return this.#isAtEnd;
  }

  /** Whether unread messages begin above the visible part, and nobody has seen where. */
  get isLineAbove(): boolean {
    return this.#isLineAbove;
  }

  /** Whether the reader jumps about, so that fewer rows are drawn until {@linkcode JUMPING_MS} later. */
  get isJumping(): boolean {
    return this.#now() - this.#jumpedAt < JUMPING_MS;
  }

  /** The height of the rows that aren't drawn above those that are, in px. */
  get above(): number {
    return this.#heights.top(this.#range.start);
  }

  /** The same below. */
  get below(): number {
    return this.#heights.total - this.#heights.top(this.#range.end);
  }

  /**
   * Takes the rows there are, and returns the half-open range of those to draw.
   *
   * @param height of the visible part, in px; `undefined` before it is known
   * @param hidden the keys of rows that have no height
   */
  update(
    keys: readonly string[],
    height: number | undefined,
    hidden = this.#hidden,
  ): { start: number; end: number } {
    this.#height = height ?? this.#height;
    this.#hidden = hidden;
    this.#heights.setKeys(keys, hidden);
    this.#anchor = this.#targetAnchor() ?? this.#soughtAnchor() ?? this.#anchor ??
      firstAnchor(this.#options.room);
    const key = this.#anchor?.key;
    if (key !== undefined && this.#drawn.size > 0 && !this.#drawn.has(key) && !hidden.has(key)) {
      this.#jumpedAt = this.#now();
    }
    this.#range = this.#visible(this.isJumping ? OVERSCAN_OF_JUMP : OVERSCAN);
    return this.#range;
  }

  /**
   * Notes the heights of the drawn rows.
   *
   * @param width of the rows, in px
   */
  measure(rows: Iterable<{ readonly key: string; readonly height: number }>, width: number): void {
    for (const { key, height } of rows) this.#heights.measure(key, height);
    // In a window of another width every row has another height, which no browser makes up for.
    if (width !== this.#width) this.#scrolledAt = 0;
    this.#width = width;
  }

  /**
   * Moves the view back to the reader's place after a drawing.
   *
   * @param head the height of what stands above all rows, in px
   * @param drawn the keys of the rows that are drawn
   */
  settle(port: ScrollPort, head: number, drawn: ReadonlySet<string>): void {
    const top = this.#place();
    const wanted = top === undefined ? port.scrollHeight - port.clientHeight : top + head;
    const { scrollTop } = port;
    const isKept = this.#options.anchoring && scrollTop > 0 &&
      this.#drawn.has(this.#anchor?.key ?? "") && this.#now() - this.#scrolledAt < SCROLLING_MS;
    if (!isKept && Math.abs(scrollTop - wanted) >= 1) port.scrollTop = wanted;
    this.#drawn = drawn;
    this.note(port, head);
    // It has been reached.
    const { target } = this.#options.room;
    if (this.#reached !== undefined && target.peek() === this.#reached) target.value = undefined;
    const needed = this.#visible(0);
    const isMissing = needed.start < this.#range.start || needed.end > this.#range.end;
    if (isMissing && this.#passes++ < PASSES) this.#options.redraw();
    else this.#passes = 0;
  }

  /**
   * Follows the reader's scrolling.
   *
   * @param width of the rows now, in px: in a window of another width nothing is where it was measured
   */
  scrolled(port: ScrollPort, head: number, width: number): void {
    if (width !== this.#width) return;
    this.#scrolledAt = this.#now();
    const y = port.scrollTop - head;
    const index = this.#heights.indexAt(y);
    const key = this.#heights.keyAt(index);
    this.#anchor = key === undefined ? END : { key, offset: y - this.#heights.top(index) };
    this.note(port, head);
    const { start, end } = this.#visible(OVERSCAN / 2);
    if (start < this.#range.start || end > this.#range.end) this.#options.redraw();
    if (y < OLDER_WITHIN) this.#options.loadOlder();
    this.#loadFurther(y);
  }

  /** The index of the row at a distance from the top of the first one, in px. */
  indexAt(y: number): number {
    return this.#heights.indexAt(y);
  }

  /**
   * Asks for older messages if few are above: a room that doesn't fill the view can't be scrolled to ask. Thousands that
   * were deleted fill nothing, so that it pauses, also to go on at once when the reader asks for more.
   *
   * @returns the time until it wants to go on, in ms
   */
  fill(): number {
    const { room: { shown, place }, loadOlder } = this.#options;
    const { total } = this.#heights;
    const edge = (shown.first ?? 0) - (place.peek()?.last ?? 0);
    if (edge !== this.#filled.edge) {
      this.#emptyPages = total - this.#filled.total < EMPTY ? this.#emptyPages + 1 : 0;
      const pause = Math.min(PAUSE_MS, 1_000 * 2 ** (this.#emptyPages - EMPTY_PAGES));
      this.#pausedUntil = this.#emptyPages < EMPTY_PAGES ? 0 : this.#now() + pause;
      this.#filled = { edge, total };
    }
    const wait = this.#pausedUntil - this.#now();
    if (wait > 0) return wait;
    const top = this.#place() ?? total - this.#height;
    if (top < OLDER_WITHIN) loadOlder();
    this.#loadFurther(top);
    return 0;
  }

  /** Loads more without a pause: the reader wants it. */
  hurry(): void {
    if (this.#emptyPages < EMPTY_PAGES) return;
    this.#emptyPages = this.#pausedUntil = 0;
    this.#options.redraw();
  }

  /** Asks for what follows an older stretch if little of it is below. */
  #loadFurther(top: number): void {
    if (this.#options.room.place.peek() === undefined) return;
    const below = this.#heights.total - top - this.#height;
    if (below < OLDER_WITHIN) this.#options.loadFurther();
  }

  /** Notes whether the end and the line of the first unread message are visible. */
  note({ scrollTop, clientHeight, scrollHeight }: ScrollPort, head: number): void {
    const { room, attentive, redraw } = this.#options;
    const before = [this.#isAtEnd, this.#isLineAbove];
    if (this.#anchor) {
      const isPlace = room.place.peek() !== undefined;
      // A reader who sees the end stays there.
      if (!isPlace && scrollHeight - scrollTop - clientHeight < AT_END) this.#anchor = END;
      this.#isAtEnd = !isPlace && this.#anchor.key === undefined;
      left.set(room, this.#anchor);
    }
    const line = room.line.peek();
    const { shown } = room;
    const index = line === undefined ? -1 : shown.indexOf(line + 1);
    const isAbove = index < 0
      ? line !== undefined && line + 1 < (shown.first ?? 0)
      : this.#heights.top(index) + head < scrollTop;
    if (!isAbove && attentive()) this.#lineSeen = line;
    this.#isLineAbove = isAbove && line !== this.#lineSeen;
    if (before[0] !== this.#isAtEnd || before[1] !== this.#isLineAbove) redraw();
  }

  /** Shows the newest message. */
  toEnd(): void {
    this.#options.onNewest();
    this.#atEnd();
    this.#options.redraw();
  }

  #atEnd(): void {
    this.#anchor = END;
    left.set(this.#options.room, END);
    this.#isAtEnd = true;
  }

  /** The message at the top of the view, and the distance of its top above that; undefined at the end. */
  get spot(): { readonly seq: number; readonly offset: number } | undefined {
    const { shown, keys } = this.#options.room;
    if (this.#isAtEnd || this.#anchor?.key === undefined) return undefined;
    const seq = shown.messages[keys.indexOf(this.#anchor.key)]?.seq;
    return seq === undefined ? undefined : { seq, offset: this.#anchor.offset };
  }

  /** Returns the target of a jump, to mark it once; undefined until it is drawn. */
  takeMarked(drawn: ReadonlySet<string>): string | undefined {
    const marked = this.#marked;
    if (marked === undefined || !drawn.has(marked)) return undefined;
    this.#marked = undefined;
    return marked;
  }

  /**
   * Shows the first row here, and what stands above it.
   *
   * @param head the height of that, in px
   */
  toBeginning(head: number): void {
    const key = this.#heights.keyAt(0);
    if (key === undefined) return;
    this.#anchor = { key, offset: -head };
    this.#scrolledAt = 0;
    this.#options.redraw();
  }

  /** Shows the first unread message, which may have to be loaded. */
  toLine(): void {
    const { room, seek, redraw } = this.#options;
    const line = room.line.peek();
    if (line === undefined) return;
    this.#lineSeen = line;
    this.#isLineAbove = false;
    this.#sought = Math.max(line + 1, room.first.peek());
    seek(this.#sought);
    redraw();
  }

  #targetAnchor(): Anchor | undefined {
    const { target, shown, keys } = this.#options.room;
    const { value: wanted } = target;
    this.#reached = undefined;
    if (wanted === undefined) return undefined;
    if (wanted.kind === "end") {
      this.#reached = wanted;
      this.#atEnd();
      return END;
    }
    let index = shown.has(wanted.seq) ? shown.indexOf(wanted.seq) : -1;
    // The first one of several stands for the others.
    while (this.#hidden.has(keys[index] ?? "")) index--;
    const key = keys[index];
    if (key === undefined) return undefined;
    this.#reached = wanted;
    this.#sought = undefined;
    this.#scrolledAt = 0;
    if (wanted.isMarked) this.#marked = key;
    return { key, offset: wanted.offset ?? -Math.round(this.#height * CONTEXT) };
  }

  #soughtAnchor(): Anchor | undefined {
    const { room } = this.#options;
    if (this.#sought === undefined) return undefined;
    const key = room.keys[room.shown.indexOf(this.#sought)];
    if (key === undefined) return undefined;
    this.#sought = undefined;
    this.#scrolledAt = 0;
    return { key, offset: -LINE_OFFSET };
  }

  /** The top of the view for the reader's place; `undefined` for the end. */
  #place(): number | undefined {
    if (this.#anchor?.key === undefined) return undefined;
    const index = this.#heights.indexOf(this.#anchor.key);
    return index < 0 ? undefined : this.#heights.top(index) + this.#anchor.offset;
  }

  /** The rows in the visible part and `more` px on both sides. */
  #visible(more: number): { start: number; end: number } {
    const top = this.#place() ?? this.#heights.total - this.#height;
    return this.#heights.range(top - more, top + this.#height + more);
  }
}

/** The place where a room opens: its first unread message if that is here, else the end. */
function firstAnchor(room: Room): Anchor | undefined {
  if (!room.known.value) return undefined;
  const line = room.line.value;
  const key = line === undefined ? undefined : room.keys[room.shown.indexOf(line + 1)];
  return key === undefined ? END : { key, offset: -LINE_OFFSET };
}
