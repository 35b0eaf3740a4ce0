import { DatabaseSync } from "node:sqlite";
import { assertEquals, assertThrows } from "../testing/assert.ts";
import { FormerKeys } from "./former_keys.ts";

Deno.test("FormerKeys prepares its statements when they are used", () => {
  using db = new DatabaseSync(":memory:");
  const keys = new FormerKeys(db);
  assertThrows(() => keys.read(), Error, "no such table");
  db.exec("create table former_key (n integer primary key, key blob not null)");
  keys.add(new Uint8Array([1]));
  assertEquals(keys.read(), { rotation: 1, former: [new Uint8Array([1])] });
});
