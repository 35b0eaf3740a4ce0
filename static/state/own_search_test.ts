import type { ChangedLine, DeletedLine } from "../../protocol/mod.ts";
import { assertEquals } from "../../testing/assert.ts";
import { message } from "./chat_fixture.ts";
import { OwnSearch } from "./own_search.ts";
import { Requests } from "./requests.ts";

Deno.test("a search drops what is deleted meanwhile, or in a room that is gone, and shows changed texts", async () => {
  const requests = new Requests(({ id = "" }) => {
    const messages = [message(1), message(2), message(3), message(4, { room: "garden" })];
    queueMicrotask(() => requests.take({ type: "found", id, messages, more: false }));
    return true;
  });
  const search = new OwnSearch({ requests });
  search.text.value = "text";
  await search.search();
  const found = () => search.found.value.messages.map(({ room, text }) => `${room} ${text}`);
  assertEquals(found(), ["lobby text 1", "lobby text 2", "lobby text 3", "garden text 4"]);
  const change = (line: ChangedLine | DeletedLine) => search.take({ kind: "change", line });
  const deleted = message(1, { text: "", deleted: "author" });
  change({ type: "changed", room: "lobby", message: deleted });
  change({ type: "changed", room: "lobby", message: message(2, { text: "other text" }) });
  change({ type: "deleted", room: "lobby", rev: 9, deleted: "moderator", messages: [[3, 9]] });
  assertEquals(found(), ["lobby other text", "garden text 4"]);
  search.take({ kind: "gone", room: "garden" });
  assertEquals(found(), ["lobby other text"]);
});
