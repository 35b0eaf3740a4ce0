import {
  lookalikeKeys,
  looksDeleted,
  looksLikeGroup,
  looksLikeGuest,
  uniqueKey,
  writtenKey,
} from "./name_keys.ts";
import { nameKey, parseName } from "../protocol/names.ts";
import { assert, assertEquals } from "../testing/assert.ts";

/** Pairs of names of which the first must not pass for the second. */
const LOOKALIKES = [
  ["\u0430nn", "ann"],
  ["\u0410NN", "ann"],
  ["\u03bfscar", "oscar"],
  ["\u0440\u0430\u0443\u0440\u0430l", "paypal"],
  ["b0b", "bob"],
  ["B0B", "bob"],
  ["a1ice", "alice"],
  ["a|ice", "alice"],
  ["bern", "bem"],
  ["Z\u00f6e\u0308", "z\u00f6\u00eb"],
  ["\u{1d4b6}nn", "ann"],
  ["\u13da\u0430\u0432\u0430", "\u13da\u0430\u0432\u0430"],
  ["ann\u2010lee", "ann-lee"],
  ["ann\u02d7lee", "ann-lee"],
  ["ann\u2019", "ann'"],
  ["\u2f08", "\u4eba"],
];

Deno.test("uniqueKey is the same for names that look alike", () => {
  for (const [fake = "", name = ""] of LOOKALIKES) {
    assertEquals(uniqueKey(fake), uniqueKey(name), `${fake} and ${name}`);
  }
});

Deno.test("uniqueKey is the same wherever nameKey is", () => {
  const names = [["Groß", "GROSS"], ["İbrahim", "ıbrahim"], ["ann lee", "Ann  Lee"], [
    "ＡＮＮ",
    "ann",
  ]];
  for (const [a = "", b = ""] of names) {
    assertEquals(nameKey(a), nameKey(b));
    assertEquals(uniqueKey(a), uniqueKey(b));
  }
});

Deno.test("uniqueKey differs for names that can be distinguished", () => {
  const names =
    "ann anna än an bob mia lia ali ail 李 里 王 玉 محمد אבי Ольга Олег 🦊 🐺 user-1 user-2".split(
      " ",
    );
  assertEquals(new Set(names.map(uniqueKey)).size, names.length);
});

Deno.test("lookalikeKeys finds a capital I that passes for an l, and the reverse", () => {
  assert(lookalikeKeys("BiII").includes(uniqueKey("Bill")));
  assert(lookalikeKeys("AIice").includes(uniqueKey("Alice")));
  assert(lookalikeKeys("Pau|").includes(uniqueKey("Paul")));
  assertEquals(lookalikeKeys("bob"), ["bob"]);
});

Deno.test("writtenKey is there for a name that looks otherwise in small letters", () => {
  assertEquals([writtenKey("BiII"), writtenKey("Bill"), writtenKey("bob")], [
    "bill",
    undefined,
    undefined,
  ]);
  assertEquals(writtenKey("\u039d\u0399CK"), "nlck");
});

Deno.test("looksDeleted finds every spelling of the words for deleted people", () => {
  for (
    const name of ["deleted person", "DELETED  Person", "D\u0435leted p\u0435rson", "已删除的用户"]
  ) {
    assert("problem" in parseName(name) || looksDeleted(name), name);
  }
  for (const name of ["deleted", "person", "Deleted persons", "用户"]) {
    assert(!looksDeleted(name), name);
    assert("name" in parseName(name), name);
  }
});

Deno.test("looksLikeGuest finds every spelling of the reserved prefix", () => {
  const reserved = [
    "guest-1",
    "GUEST-x",
    "guest\u02d7x",
    "guest\u2010x",
    "guest\u2043x",
    "guest\u2212x",
    "gu\u0435st-x",
    "\u0261uest-x",
    "gue\u0455t-x",
    "\uff47uest-x",
    "\u{1d420}uest-x",
    "gues\u{1d42d}-x",
  ];
  for (const name of reserved) {
    // Some are refused before, on the page already.
    assert("problem" in parseName(name) || looksLikeGuest(name), name);
  }
  for (const name of ["guest", "guestbook", "my guest-1", "gustav-1", "quest-1"]) {
    assert(!looksLikeGuest(name), name);
  }
});

Deno.test("looksLikeGroup finds every spelling of the words for groups of people", () => {
  for (const name of ["r\u043eom", "RO0M", "\u0430ll", "AII", "h\u0435re", "every\u043ene"]) {
    assert("problem" in parseName(name) || looksLikeGroup(name), name);
  }
  for (const name of ["rooms", "ally", "there", "someone"]) assert(!looksLikeGroup(name), name);
});
