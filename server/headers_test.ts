import {
  acceptsEncoding,
  COOKIE_LENGTH,
  cookieOf,
  credentialsOf,
  HEADER_LENGTH,
  judgeHeaders,
  lastItem,
  listHas,
  listItems,
  listsTag,
  READ_HEADERS,
  trimSpace,
} from "./headers.ts";
import { assertEquals } from "../testing/assert.ts";

Deno.test("lastItem is the last one of listItems", () => {
  const parts = ["", " ", "\t", "a", "b c", " d ", ",", "e"];
  for (const a of parts) {
    for (const b of parts) {
      for (const c of parts) {
        const value = [a, b, c].join(",");
        assertEquals(lastItem(value), listItems(value).at(-1), JSON.stringify(value));
      }
    }
  }
  assertEquals([lastItem(null), lastItem("")], [undefined, undefined]);
});

Deno.test("judgeHeaders refuses each header that is read when it is too long", () => {
  for (const name of READ_HEADERS) {
    const limit = name === "cookie" ? COOKIE_LENGTH : HEADER_LENGTH;
    assertEquals(judgeHeaders(new Headers({ [name]: "x".repeat(limit) })), undefined);
    assertEquals(judgeHeaders(new Headers({ [name]: "x".repeat(limit + 1) }))?.status, 431, name);
    const repeated = new Headers();
    for (let i = 0; i < 3; i++) repeated.append(name, "x".repeat(limit / 2));
    assertEquals(judgeHeaders(repeated)?.status, 431, name);
  }
  assertEquals(judgeHeaders(new Headers({ "user-agent": "x".repeat(50_000) })), undefined);
});

Deno.test("listItems splits at commas and drops spaces, tabs and empty items", () => {
  assertEquals(listItems(null), []);
  assertEquals(listItems(" ,\t, "), []);
  assertEquals(listItems("a"), ["a"]);
  assertEquals(listItems(",a,\tb c \t,, d"), ["a", "b c", "d"]);
});

Deno.test("listHas ignores case, and finds whole items only", () => {
  assertEquals(listHas("keep-alive,\tUPGRADE", "upgrade"), true);
  assertEquals(listHas("upgrades, keep-alive", "upgrade"), false);
  assertEquals(listHas(null, "upgrade"), false);
});

Deno.test("acceptsEncoding heeds weights, wildcards and aliases in any legal spelling", () => {
  const cases: [value: string | null, br: boolean, gzip: boolean][] = [
    [null, false, false],
    ["", false, false],
    ["br", true, false],
    ["gzip, BR", true, true],
    ["br;q=0, gzip", false, true],
    ["br ;\tQ=0.000 , gzip;q=0.001", false, true],
    ["br;q=1;x=0", true, false],
    ["*", true, true],
    ["*;q=0, gzip", false, true],
    ["br;q=0, *", false, true],
    ["x-gzip,,", false, true],
    ["brotli, gzips", false, false],
    ["identity;q=0", false, false],
  ];
  for (const [value, br, gzip] of cases) {
    assertEquals(
      [acceptsEncoding(value, "br"), acceptsEncoding(value, "gzip")],
      [br, gzip],
      String(value),
    );
  }
});

Deno.test("listsTag compares tags weakly, in lists and with `*`", () => {
  const tag = '"a,b\\"';
  const cases: [value: string | null, listed: boolean][] = [
    [null, false],
    ["", false],
    ["*", true],
    [" * ", true],
    ['"a,b\\"', true],
    ['W/"a,b\\"', true],
    ['"x", "a,b\\"', true],
    ['"x",,W/"a,b\\" ,', true],
    ['"x"', false],
    ["a,b\\", false],
    ['"a,b\\', false],
    ['"*"', false],
    ['"x" , "a,b"', false],
  ];
  for (const [value, listed] of cases) assertEquals(listsTag(value, tag), listed, String(value));
});

Deno.test("credentialsOf takes a scheme in any case, and what follows its spaces", () => {
  assertEquals(credentialsOf("bEARER   a b  ", "bearer"), "a b");
  assertEquals(credentialsOf("Bearer", "bearer"), undefined);
  assertEquals(credentialsOf("Bearers a", "bearer"), undefined);
  assertEquals(credentialsOf("Basic a", "bearer"), undefined);
  assertEquals(credentialsOf(null, "bearer"), undefined);
});

Deno.test("cookieOf finds a cookie among others, the first one of its name, without quotes", () => {
  assertEquals(cookieOf("a=1; session=x=y; session=z", "session"), "x=y");
  assertEquals(cookieOf('a=1;session\t=\t"x";', "session"), "x");
  assertEquals(cookieOf("session", "session"), undefined);
  assertEquals(cookieOf("xsession=1; session2=1", "session"), undefined);
  assertEquals(cookieOf("session=", "session"), "");
  assertEquals(cookieOf(null, "session"), undefined);
});

Deno.test("trimSpace removes spaces and tabs, nothing else", () => {
  assertEquals(trimSpace(" \t\u00a0x\u00a0 \t"), "\u00a0x\u00a0");
  assertEquals(trimSpace(" \t "), "");
});
