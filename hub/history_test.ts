import { type JoinRequest, readHistory } from "./history.ts";
import type { Page, PageQuery } from "./message_log.ts";
import type { HistoryCommand } from "../protocol/mod.ts";
import { assertEquals, assertRejects } from "../testing/assert.ts";

const MESSAGE = {
  room: "lobby",
  seq: 7,
  id: "m7",
  user: { id: "p1", name: "ann" },
  text: "x",
  at: 1,
};
const PAGE: Page = { first: 1, last: 9, messages: [MESSAGE], more: true, rev: 0 };

/** Reads from a log that has `page`; returns the result and what the log was asked. */
async function read(
  command: JoinRequest | HistoryCommand,
  page = PAGE,
): Promise<{ page: Page; query: PageQuery | undefined }> {
  let query: PageQuery | undefined;
  const log = {
    read: (asked: PageQuery) => {
      query = asked;
      return Promise.resolve(page);
    },
  };
  return { page: await readHistory(log, command), query };
}

Deno.test("readHistory asks for as many messages as the protocol says", async () => {
  const room = "lobby";
  const table: [command: JoinRequest | HistoryCommand, limit: number][] = [
    [{ type: "join", room }, 50],
    [{ type: "join", room, newest: 3 }, 3],
    [{ type: "join", room, after: 0 }, 200],
    [{ type: "history", room, before: 9, limit: 20 }, 20],
  ];
  for (const [command, limit] of table) {
    const { query } = await read(command);
    assertEquals(query?.limit, limit, JSON.stringify(command));
  }
});

Deno.test("readHistory asks in the direction of the command", async () => {
  const { query: join } = await read({ type: "join", room: "lobby", after: 5 });
  assertEquals([join?.after, join?.before], [5, undefined]);
  const before = await read({ type: "history", room: "lobby", before: 5, limit: 1 });
  assertEquals([before.query?.after, before.query?.before], [undefined, 5]);
  const { query: at } = await read({ type: "history", room: "lobby", at: 5, limit: 1 });
  assertEquals([at?.after, at?.before, at?.at], [undefined, undefined, 5]);
});

Deno.test("readHistory returns no message to a client that wants none, but says that there are", async () => {
  const { page } = await read({ type: "join", room: "lobby", newest: 0 });
  assertEquals(page, { ...PAGE, messages: [] });
});

Deno.test("readHistory never returns a page without progress", async () => {
  const empty = { ...PAGE, messages: [] };
  for (
    const command of [
      { type: "join", room: "lobby", after: 3 },
      { type: "history", room: "lobby", after: 3, limit: 200 },
      { type: "history", room: "lobby", before: 9, limit: 1 },
    ] as const
  ) {
    await assertRejects(() => read(command, empty), Error, "Cannot read the history");
    assertEquals((await read(command, { ...empty, more: false })).page.messages, []);
  }
});
