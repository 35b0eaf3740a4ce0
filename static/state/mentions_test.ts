import { nameKey } from "../../protocol/names.ts";
import { assert, assertEquals } from "../../testing/assert.ts";
import { cpuTime } from "../../testing/cpu_time.ts";
import { complete } from "./completion.ts";
import { mentionsOwn, splitMentions } from "./mentions.ts";
import { loadEmoji } from "../emoji.ts";

await loadEmoji();

/** Whether a text mentions a name among some known ones. */
function mentions(text: string, own: string, others: readonly string[] = []): boolean {
  return mentionsOwn(text, { own: nameKey(own), all: [own, ...others].map(nameKey) });
}

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

Deno.test("mentionsOwn agrees with what is drawn as a mention", () => {
  for (const text of ["@Nora", "**@Nora**", "> @nora", "- a\n- @NORA!", "~~@Nora~~", "(@Nora)"]) {
    assert(mentions(text, "Nora"), text);
  }
  for (
    const text of [
      ...["`@Nora`", "```\n@Nora\n```", "https://m.example/@Nora", "[@Nora](https://a.example)"],
      ...["www.m.example/@Nora", "nora@Nora.example", "a/@Nora", "``@Nora``"],
    ]
  ) {
    assert(!mentions(text, "Nora"), text);
  }
  assert(!mentions("@Ann Lee, look", "Ann", ["Ann Lee"]));
  assert(mentions("@Ann, look", "Ann", ["Ann Lee"]));
});

Deno.test("A text that is full of signs among many people is soon read", () => {
  const known = Array.from({ length: 400 }, (_, i) => nameKey(`Person number ${i}`));
  for (const text of ["@ ", "@person number ", "@啊", "@Person number 7 "]) {
    const long = text.repeat(4096 / text.length);
    const began = cpuTime();
    assertEquals(splitMentions(long, known).map(({ text }) => text).join(""), long);
    const took = cpuTime() - began;
    assert(took < 100, `${text} took ${took} ms`);
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
