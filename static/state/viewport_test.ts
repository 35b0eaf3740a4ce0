import { assert, assertEquals } from "../../testing/assert.ts";
import { joined, stretch } from "./chat_fixture.ts";
import { Room } from "./room.ts";
import { JUMPING_MS, type ScrollPort, Viewport } from "./viewport.ts";

const HEIGHT = 500;
const WIDTH = 800;

/** A log drawn by numbers alone: as a browser would, it clamps the scroll and lays out rows of some heights. */
class Log implements ScrollPort {
  readonly clientHeight = HEIGHT;
  readonly viewport: Viewport;
  readonly asked: string[] = [];
  attentive = true;
  head = 30;
  width = WIDTH;
  now = 10_000;
  hidden: ReadonlySet<string> = new Set();
  drawn: readonly string[] = [];
  #top = 0;
  #dirty = false;
  #space = { above: 0, below: 0 };

  constructor(
    readonly room: Room,
    public heightOf: (key: string) => number = () => 40,
    { anchoring = false } = {},
  ) {
    this.viewport = new Viewport({
      room,
      anchoring,
      attentive: () => this.attentive,
      redraw: () => this.#dirty = true,
      loadOlder: () => this.asked.push("older"),
      loadFurther: () => this.asked.push("further"),
      onNewest: () => room.closePlace(),
      seek: (seq) => this.asked.push(`seek ${seq}`),
      now: () => this.now,
    });
  }

  get scrollHeight(): number {
    const rows = this.drawn.reduce((sum, key) => sum + this.heightOf(key), 0);
    return Math.max(HEIGHT, this.head + this.#space.above + rows + this.#space.below);
  }

  get scrollTop(): number {
    return this.#top;
  }

  set scrollTop(top: number) {
    this.#top = Math.max(0, Math.min(top, this.scrollHeight - HEIGHT));
  }

  /** Draws until nothing changes; returns the number of times. */
  draw(): number {
    for (let times = 1;; times++) {
      assert(times < 20, "drawing does not come to an end");
      this.#dirty = false;
      const { start, end } = this.viewport.update([...this.room.keys], HEIGHT, this.hidden);
      this.drawn = this.room.keys.slice(start, end).filter((key) => !this.hidden.has(key));
      this.viewport.measure(
        this.drawn.map((key) => ({ key, height: this.heightOf(key) })),
        this.width,
      );
      this.#space = { above: this.viewport.above, below: this.viewport.below };
      this.scrollTop = this.#top;
      this.viewport.settle(this, this.head, new Set(this.drawn));
      if (!this.#dirty) return times;
    }
  }

  /** Scrolls as a reader does, long after the last time. */
  scroll(by: number): void {
    this.now += 1_000;
    this.scrollTop = this.#top + by;
    this.viewport.scrolled(this, this.head, WIDTH);
    this.now += 1_000;
    this.draw();
  }

  /** The first visible row, and the distance of its top from the view's. */
  get first(): { key: string; top: number } | undefined {
    let top = this.head + this.#space.above - this.#top;
    for (const key of this.drawn) {
      const height = this.heightOf(key);
      if (top + height > 0) return { key, top: Math.round(top) };
      top += height;
    }
    return undefined;
  }

  /** The last row of which anything is visible. */
  get last(): string | undefined {
    let top = this.head + this.#space.above - this.#top;
    let last: string | undefined;
    for (const key of this.drawn) {
      if (top < HEIGHT) last = key;
      top += this.heightOf(key);
    }
    return last;
  }
}

/** A room with some messages; `read` is the last one read. */
function roomWith(from: number, to: number, read = to): Room {
  const room = new Room("lobby", read);
  room.enter(joined(to, []));
  room.replace(stretch(from, to), from > 1, "me");
  if (read < to) room.line.value = read;
  return room;
}

Deno.test("Viewport opens at the newest message, and follows new ones", () => {
  const room = roomWith(1, 100);
  const log = new Log(room);
  log.draw();
  assertEquals([log.last, log.viewport.isAtEnd], ["#100", true]);
  assert(log.drawn.length < 40, `${log.drawn.length} rows are drawn`);
  room.append(stretch(101, 130), "me");
  log.draw();
  assertEquals([log.last, log.viewport.isAtEnd], ["#130", true]);
});

Deno.test("Viewport opens a room at its first unread message, with some of the read ones above", () => {
  const log = new Log(roomWith(1, 100, 60));
  log.draw();
  assertEquals(log.viewport.isAtEnd, false);
  assertEquals(log.first, { key: "#58", top: -24 });
});

Deno.test("Viewport keeps the reader's place when messages come before, behind, or turn out higher", () => {
  const room = roomWith(201, 300);
  const log = new Log(room, (key) => 20 + Number(key.slice(1)) % 7 * 13);
  log.draw();
  log.scroll(-1_500);
  const before = log.first;
  assertEquals(log.viewport.isAtEnd, false);
  room.prepend(stretch(101, 200), true, 201, "me");
  log.draw();
  assertEquals(log.first, before);
  room.append(stretch(301, 320), "me");
  log.draw();
  assertEquals(log.first, before);
  const { heightOf } = log;
  log.heightOf = (key) => key === before?.key ? heightOf(key) : heightOf(key) * 2;
  log.draw();
  assertEquals(log.first, before);
});

Deno.test("Viewport reaches the beginning and the end, whatever the rows' heights turn out to be", () => {
  const log = new Log(roomWith(1, 500), (key) => 15 + Number(key.slice(1)) * 37 % 211);
  log.draw();
  for (let i = 0; i < 3; i++) {
    log.viewport.toBeginning(log.head);
    log.draw();
    assertEquals([log.scrollTop, log.first?.key], [0, "#1"]);
    log.viewport.toEnd();
    log.draw();
    assertEquals([log.last, log.viewport.isAtEnd], ["#500", true]);
  }
});

Deno.test("Viewport shows every row once on the way down, without a hole", () => {
  const log = new Log(roomWith(1, 300), (key) => 15 + Number(key.slice(1)) * 37 % 211);
  log.draw();
  log.viewport.toBeginning(log.head);
  log.draw();
  const seen: string[] = [];
  for (let i = 0; i < 1_000 && seen.at(-1) !== "#300"; i++) {
    const from = seen.length === 0 ? 0 : log.drawn.indexOf(seen.at(-1) ?? "") + 1;
    assert(from > 0 || seen.length === 0, `behind ${seen.at(-1)} comes ${log.drawn[0]}`);
    seen.push(...log.drawn.slice(from));
    log.scroll(200);
  }
  assertEquals(seen, Array.from({ length: 300 }, (_, i) => `#${i + 1}`));
});

Deno.test("Viewport asks for older messages near the beginning, and where the view isn't filled", () => {
  const log = new Log(roomWith(101, 300));
  log.draw();
  log.scroll(-100);
  assertEquals(log.asked, []);
  log.scroll(-6_000);
  assertEquals(log.asked, ["older"]);
  const few = new Log(roomWith(299, 300));
  few.draw();
  few.viewport.fill();
  assertEquals(few.asked, ["older"]);
});

Deno.test("Viewport reports unread messages above until someone has seen where they begin", () => {
  const room = roomWith(301, 400, 100);
  const log = new Log(room);
  log.viewport.toEnd();
  log.draw();
  assertEquals(log.viewport.isLineAbove, true);
  log.viewport.toLine();
  assertEquals([log.asked, log.viewport.isLineAbove], [["seek 101"], false]);
  log.draw();
  assertEquals(log.last, "#400");
  room.prepend(stretch(99, 300), true, 301, "me");
  log.draw();
  assertEquals(log.first, { key: "#99", top: 16 });
  log.viewport.toEnd();
  log.draw();
  assertEquals(log.viewport.isLineAbove, false);
});

Deno.test("Viewport notes nothing as seen while nobody looks", () => {
  const log = new Log(roomWith(1, 400, 200));
  log.attentive = false;
  log.draw();
  log.viewport.toEnd();
  log.draw();
  assertEquals(log.viewport.isLineAbove, true);
});

Deno.test("Viewport draws little during jumps, and the rest when they have ended", () => {
  const log = new Log(roomWith(1, 2_000));
  log.draw();
  log.scrollTop = 30_000;
  log.viewport.scrolled(log, log.head, WIDTH);
  log.draw();
  assertEquals(log.viewport.isJumping, true);
  const jumping = log.drawn.length;
  log.now += JUMPING_MS;
  log.draw();
  assertEquals(log.viewport.isJumping, false);
  assert(log.drawn.length > jumping * 2, `${jumping} of ${log.drawn.length} rows were drawn`);
});

Deno.test("Viewport leaves a scroll that is under way to the browser, if that keeps its place", () => {
  const room = roomWith(101, 300);
  const log = new Log(room, () => 40, { anchoring: true });
  log.draw();
  log.scrollTop -= 2_000;
  log.viewport.scrolled(log, log.head, WIDTH);
  log.draw();
  const { scrollTop } = log;
  room.prepend(stretch(51, 100), true, 101, "me");
  log.draw();
  assertEquals(log.scrollTop, scrollTop);
});

Deno.test("Viewport keeps the reader's place in a window of another width, also during a scroll", () => {
  const log: Log = new Log(roomWith(1, 300), () => 32_000 / log.width, { anchoring: true });
  log.draw();
  log.scrollTop -= 3_000;
  log.viewport.scrolled(log, log.head, WIDTH);
  log.draw();
  const before = log.first;
  log.width = WIDTH / 2;
  log.draw();
  assertEquals(log.first?.key, before?.key);
});

Deno.test("Viewport ignores a scroll in a window of another width, where nothing is as measured", () => {
  const log = new Log(roomWith(1, 300));
  log.draw();
  log.scroll(-3_000);
  const before = log.first;
  log.scrollTop += 777;
  log.viewport.scrolled(log, log.head, WIDTH - 100);
  log.draw();
  assertEquals(log.first, before);
});

Deno.test("Viewport opens a room again where it was left, unless that was its end and there is news", () => {
  const room = roomWith(1, 300);
  const log = new Log(room);
  log.draw();
  log.scroll(-3_000);
  const before = log.first;
  const again = new Log(room);
  again.draw();
  assertEquals(again.first, before);
  again.viewport.toEnd();
  again.draw();
  room.append(stretch(301, 350), "me");
  room.line.value = 300;
  const third = new Log(room);
  third.draw();
  assertEquals(third.first?.key, "#298");
});

Deno.test("Viewport goes to a message with some of the others above it, marks it once, and stays", () => {
  const room = roomWith(1, 300);
  const log = new Log(room);
  log.draw();
  room.target.value = { kind: "message", seq: 100, isMarked: true };
  log.draw();
  assertEquals(log.first?.key, "#96");
  assertEquals(log.viewport.takeMarked(new Set(log.drawn)), "#100");
  assertEquals(log.viewport.takeMarked(new Set(log.drawn)), undefined);
  assertEquals([room.target.value, log.viewport.isAtEnd], [undefined, false]);
  const before = log.first;
  room.append(stretch(301, 310), "me");
  log.draw();
  assertEquals(log.first, before);
  // The reader's place must be restored.
  const spot = log.viewport.spot;
  log.scroll(-1_000);
  if (spot) room.target.value = { kind: "message", ...spot, isMarked: false };
  log.draw();
  assertEquals(log.first, before);
  assertEquals(log.viewport.takeMarked(new Set(log.drawn)), undefined);
});

Deno.test("Viewport is not at the end of an older stretch, asks for more of it, and goes back to the newest", () => {
  const room = roomWith(901, 1_000);
  const log = new Log(room);
  log.draw();
  room.openPlace(stretch(251, 350), true, "me");
  room.target.value = { kind: "message", seq: 300, isMarked: true };
  log.draw();
  log.viewport.fill();
  assertEquals([log.first?.key, log.asked], ["#296", ["older", "further"]]);
  log.scroll(10_000);
  assertEquals([log.last, log.viewport.isAtEnd], ["#350", false]);
  const { first } = log;
  room.growPlace({ messages: stretch(351, 450), more: true }, 350, "me");
  log.draw();
  assertEquals(log.first, first);
  room.growPlace({ messages: stretch(451, 950), more: true }, 450, "me");
  log.draw();
  assertEquals([log.first, room.place.value], [first, undefined]);
  room.openPlace(stretch(251, 350), true, "me");
  log.draw();
  log.viewport.toEnd();
  log.draw();
  assertEquals([log.last, log.viewport.isAtEnd], ["#1000", true]);
});

Deno.test("Viewport loads hidden messages a few pages at once, and then slowly, unless the reader wants more", () => {
  const room = roomWith(30_001, 30_003);
  const log = new Log(room);
  /** Answers at once what is asked while `ms` pass; returns the number of pages. */
  function pages(ms: number): number {
    let count = 0;
    for (const end = log.now + ms; log.now < end;) {
      log.draw();
      const wait = log.viewport.fill();
      if (log.asked.pop() === "older") {
        const before = room.timeline.first ?? 0;
        room.prepend(stretch(before - 100, before - 1), true, before, "me");
        log.hidden = new Set(room.keys.slice(1, -3));
        count++;
      } else log.now += Math.max(1, wait);
    }
    return count;
  }
  assertEquals(pages(500), 3);
  assert(log.drawn.length < 10, `${log.drawn.length} rows are drawn`);
  assertEquals([log.viewport.isJumping, pages(10_000)], [false, 3]);
  log.viewport.hurry();
  assertEquals(pages(500), 3);
});

Deno.test("Viewport goes to the row that stands for a message without one", () => {
  const room = roomWith(1, 300);
  const log = new Log(room);
  log.hidden = new Set(room.keys.slice(100, 150));
  log.draw();
  room.target.value = { kind: "message", seq: 140, isMarked: true };
  log.draw();
  assertEquals(log.viewport.takeMarked(new Set(log.drawn)), "#100");
});
