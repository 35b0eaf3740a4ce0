import { nameKey } from "../../protocol/names.ts";
import { assert, assertEquals } from "../../testing/assert.ts";
import { complete } from "./completion.ts";
import { mentions, splitMentions } from "./mentions.ts";

Deno.test("Finds names with spaces, without regard to case, the longest first", () => {
  const known = ["Ann", "Ann Lee"].map(nameKey);
  assertEquals(
    splitMentions("hi @ann lee, and @ANN!", known).map(({ text, mention }) => [text, mention]),
    [["hi ", undefined], ["@ann lee", "ann lee"], [", and ", undefined], ["@ANN", "ann"], [
      "!",
      undefined,
    ]],
  );
});

Deno.test("Mentions nobody in an address, nor by the beginning of a longer name", () => {
  assert(!mentions("mail ann@ann.example", "ann"));
  assert(!mentions("@annabel", "ann"));
  assert(mentions("(@ann)", "ann"));
  assert(mentions("你好@李雷，早", "李雷"));
  assert(!mentions("@", ""));
});

Deno.test("A text that is full of signs among many people is soon read", () => {
  const known = Array.from({ length: 400 }, (_, i) => nameKey(`Person number ${i}`));
  for (const text of ["@ ", "@person number ", "@啊", "@Person number 7 "]) {
    const long = text.repeat(4096 / text.length);
    const began = performance.now();
    assertEquals(splitMentions(long, known).map(({ text }) => text).join(""), long);
    assert(performance.now() - began < 100, `${text} took ${performance.now() - began} ms`);
  }
});

Deno.test("Completes names behind @ and emoji behind a colon", () => {
  const names = ["Bob", "Bella", "Ann"];
  assertEquals(complete("hi @b", 5, names)?.suggestions.map(({ insert }) => insert), [
    "@Bob ",
    "@Bella ",
  ]);
  assertEquals(complete("hi @b there", 5, names)?.start, 3);
  assertEquals(complete(":tad", 4, names)?.suggestions[0]?.insert, "🎉 ");
  assertEquals(complete("at 12:30", 8, names), undefined);
  assertEquals(complete("mail a@b", 8, names), undefined);
});

Deno.test("Completes no name that is there already, so that Enter sends", () => {
  assertEquals(complete("hi @ann", 7, ["Bob", "Ann"]), undefined);
  assertEquals(complete("hi @ann", 7, ["Ann", "Annika"])?.suggestions.length, 2);
});
