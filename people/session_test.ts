import { createHmac } from "node:crypto";
import {
  randomId,
  SESSION_SECONDS,
  sessionCookieName,
  Sessions,
  type SigningKeys,
} from "./session.ts";
import { assert, assertEquals, assertMatch, assertNotEquals } from "../testing/assert.ts";

const key = new Uint8Array(32).fill(7);

function keys(key: Uint8Array, former: readonly Uint8Array[] = []): SigningKeys {
  return { key, rotation: former.length, former };
}

Deno.test("a token says whose it is, and is short and fit for a cookie", () => {
  const sessions = new Sessions({ keys: () => keys(key) });
  const person = randomId();
  const token = sessions.issue(person);
  assertMatch(token, /^[\w.-]{1,128}$/);
  const session = sessions.read(token);
  assert(session);
  const numbers = { generation: 0, rotation: 0, position: 0 };
  const said = { id: "", person, entered: true, aging: false, ...numbers };
  assertEquals({ ...session, id: "" }, said);
  assertEquals(sessions.read(sessions.issue(person, { position: 123_456 }))?.position, 123_456);
  assertEquals(sessions.read(sessions.issue(person, { session: session.id }))?.id, session.id);
  assertNotEquals(sessions.read(sessions.issue(person))?.id, session.id);
  const long = sessions.issue(person, { also: randomId(), generation: 99, position: 9e9 });
  assertMatch(long, /^[\w.-]{1,160}$/);
  const { also, generation } = sessions.read(long) ?? {};
  assertEquals([also?.length, generation], [20, 99]);
  assertEquals(sessions.read(sessions.issue(person, { also: "bob" }))?.also, "bob");
});

Deno.test("a token does not show the position, so that nobody counts by it what others do", () => {
  const sessions = new Sessions({ keys: () => keys(key), now: () => 0 });
  const issue = (position: number) => sessions.issue("ann", { session: "s", position });
  const fields = [1000, 1000, 1001].map((position) => issue(position).split(".")[5] ?? "");
  for (const field of fields) assertMatch(field, /^[\w-]{22}$/);
  assertEquals(new Set(fields).size, 3, "not even whether it is the same");
  assertEquals([1000, 1001].map((position) => sessions.read(issue(position))?.position), [
    1000,
    1001,
  ]);
});

Deno.test("a token of a former version, which shows the position, is still accepted", () => {
  const sessions = new Sessions({ keys: () => keys(key), now: () => 0 });
  const body = `ann.s.0..3.${(1000).toString(36)}.bob`;
  const signature = createHmac("sha256", key).update(`session\n${body}`).digest("base64url");
  const { position, generation, also } = sessions.read(`${body}.${signature}`) ?? {};
  assertEquals([position, generation, also], [1000, 3, "bob"]);
});

Deno.test("no change of one character in a token is accepted, and none throws", () => {
  const sessions = new Sessions({ keys: () => keys(key), password: "one" });
  const token = sessions.issue(randomId());
  const others = ["", "A", "a", "9", ".", "-", "=", " ", "\u0000", "é", "\ud800"];
  for (let at = 0; at < token.length; at++) {
    for (const other of others) {
      const changed = token.slice(0, at) + other + token.slice(at + 1);
      if (changed !== token) assertEquals(sessions.read(changed), undefined);
      assertEquals(sessions.read(token.slice(0, at)), undefined);
    }
  }
});

Deno.test("a token of another key is nothing, one of another password lets nobody in", () => {
  const token = new Sessions({ keys: () => keys(key), password: "one" }).issue("ann");
  assertEquals(
    new Sessions({ keys: () => keys(key.map((byte) => byte + 1)) }).read(token),
    undefined,
  );
  const read = (password?: string) => new Sessions({ keys: () => keys(key), password }).read(token);
  assertEquals(read("one")?.entered, true);
  assertEquals(read("two")?.person, "ann");
  assertEquals(read("two")?.entered, false);
  assertEquals(read()?.entered, false);
});

Deno.test("a token runs out", () => {
  let time = Date.UTC(2030, 0, 1);
  const sessions = new Sessions({ keys: () => keys(key), now: () => time });
  const token = sessions.issue("ann");
  time += SESSION_SECONDS * 1000;
  assertEquals(sessions.read(token)?.aging, true);
  time += 1000;
  assertEquals(sessions.read(token), undefined);
});

Deno.test("servers on one host have cookies of their own", () => {
  assertEquals(sessionCookieName("3f9c2a71d04be856"), "hubbub_4be856");
});

Deno.test("a derived id is always the same, and different for every person, label and key", () => {
  const ids = [
    new Sessions({ keys: () => keys(key) }).derivedId("ann", "a"),
    new Sessions({ keys: () => keys(key) }).derivedId("ann", "b"),
    new Sessions({ keys: () => keys(key) }).derivedId("bob", "a"),
    new Sessions({ keys: () => keys(key.map((byte) => byte + 1)) }).derivedId("ann", "a"),
  ];
  assertEquals(new Set(ids).size, 4);
  assertEquals(
    new Sessions({ keys: () => keys(key), password: "new" }).derivedId("ann", "a"),
    ids[0],
  );
});
