/**
 * Cases that the tests of every message log share: drafts and queries, and the promises of reading.
 *
 * @module
 */
import type { Draft, LogEntry, MessageLog, Page, PageQuery } from "../hub/message_log.ts";
import { assert, assertEquals } from "./assert.ts";

/** A draft of a message with this id. */
export function draft(id: string, changes: Partial<Draft<number>> = {}): Draft<number> {
  const user = { id: "p1", name: "ann" };
  return { room: "lobby", id, user, text: `text of ${id}`, origin: 0, ...changes };
}

/** Sums up an entry in a few words. */
export function outcome(entry: LogEntry<number>): string {
  return "message" in entry ? `${entry.type} ${entry.message.seq}` : entry.type;
}

/** A query for all of a room. */
export function query(changes: Partial<PageQuery> = {}): PageQuery {
  return { room: "lobby", limit: 200, bytes: 1 << 20, ...changes };
}

/** The `seq` of each message of a page. */
export function seqs({ messages }: Page): number[] {
  return messages.map(({ seq }) => seq);
}

/** Texts that are easily stored as others; the one at 4 can't be kept unchanged. */
export const TEXTS = [
  "",
  "two\nlines",
  "nul \0 inside",
  "\0",
  "lone \ud800 surrogate",
  "\ufeffé😀",
];

/**
 * Checks the entries of drafts with {@linkcode TEXTS}: each text as it is, but for what UTF-8 does
 * not have.
 */
export function checkTexts(told: readonly LogEntry<number>[]): void {
  const texts = told.map((entry) => entry.type === "message" ? entry.message.text : undefined);
  assertEquals(texts, TEXTS.map((text) => text.toWellFormed()));
}

/** The drafts that {@linkcode checkPages} reads. */
export const TEN = Array.from({ length: 10 }, (_, i) => draft(`m${i}`));

/**
 * Checks that a log with {@linkcode TEN} gives pages whose `more` is right in the direction asked.
 */
export async function checkPages(log: MessageLog): Promise<void> {
  const cases: [Partial<PageQuery>, number[], boolean][] = [
    [{ limit: 3 }, [8, 9, 10], true],
    [{ limit: 10 }, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], false],
    [{ before: 4, limit: 2 }, [2, 3], true],
    [{ before: 3, limit: 2 }, [1, 2], false],
    [{ before: 1, limit: 2 }, [], false],
    [{ before: 99, limit: 1 }, [10], true],
    [{ after: 0, limit: 2 }, [1, 2], true],
    [{ after: 8, limit: 2 }, [9, 10], false],
    [{ after: 10, limit: 2 }, [], false],
    [{ after: Number.MAX_SAFE_INTEGER, limit: 2 }, [], false],
  ];
  const { messages: [first], ...all } = await log.read(query({ limit: 10 }));
  const newest = await log.read(query({ limit: 1 }));
  assert(first !== undefined && newest.messages[0] !== undefined && all.last === 10);
  cases.push(
    [{ at: 0, limit: 2 }, [1, 2], true],
    [{ at: first.at, limit: 10 }, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], false],
    [{ at: newest.messages[0].at + 1, limit: 10 }, [], false],
    [{ at: Number.MAX_SAFE_INTEGER, limit: 10 }, [], false],
  );
  for (const [change, expected, more] of cases) {
    const page = await log.read(query(change));
    assertEquals(seqs(page), expected, JSON.stringify(change));
    assertEquals([page.first, page.last, page.more], [1, 10, more], JSON.stringify(change));
  }
}

/** The drafts that {@linkcode checkPaging} reads: small ones, and some too large for a page. */
export const MANY = Array.from({ length: 300 }, (_, i) => {
  return draft(`m${i}`, { text: "é\u0001\n"[i % 3]?.repeat((i * 37) % 500) ?? "" });
});

/** Of a log with {@linkcode MANY}, paging either way gives everything once, within the bytes asked for. */
export async function checkPaging(log: MessageLog): Promise<void> {
  const bytes = 2000;
  const encoder = new TextEncoder();
  const size = ({ messages }: Page) =>
    messages.reduce((sum, one) => sum + encoder.encode(JSON.stringify(one)).length + 1, 0);
  const walk = async (ask: (page: Page | undefined) => Partial<PageQuery>) => {
    const pages: Page[] = [];
    do pages.push(await log.read(query({ limit: 20, bytes, ...ask(pages.at(-1)) }))); while (
      pages.at(-1)?.more
    );
    for (const page of pages) assert(page.messages.length === 1 || size(page) <= bytes);
    assert(pages.some((page) => page.messages.length === 1), "one that is too large by itself");
    return pages.map(seqs);
  };
  const whole = MANY.map((_, i) => i + 1);
  const up = await walk((page) => ({ after: page?.messages.at(-1)?.seq ?? 0 }));
  assertEquals(up.flat(), whole);
  const down = await walk((page) => page ? { before: page.messages[0]?.seq } : {});
  assertEquals(down.reverse().flat(), whole);
}
