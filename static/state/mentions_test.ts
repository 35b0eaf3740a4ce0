import { nameKey } from "../../protocol/names.ts";
import { assert, assertEquals } from "../../testing/assert.ts";
import { cpuTime } from "../../testing/cpu_time.ts";
import { complete } from "./completion.ts";
import { mentionsOwn, namesFor, splitMentions } from "./mentions.ts";
import { loadEmoji } from "../emoji.ts";

await loadEmoji();

/** Whether a text mentions a name among some known ones. */
function mentions(text: string, own: string, others: readonly string[] = []): boolean {
  return mentionsOwn(text, { own: nameKey(own), all: [own, ...others].map(nameKey) });
}

Deno.test("Finds names with spaces, without regard to case, the longest first", () => {
  const known = ["Ann", "Ann Lee"].map(nameKey);
  assertEquals(
    splitMentions("hi @ann lee, and @ANN!", { all: known }).map((
      { text, mention },
    ) => [text, mention]),
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

Deno.test("mentionsOwn agrees with the drawing of mentions", () => {
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
    assertEquals(
      splitMentions(long, { all: known, others: true }).map(({ text }) => text).join(""),
      long,
    );
    const took = cpuTime() - began;
    assert(took < 100, `${text} took ${took} ms`);
  }
});

Deno.test("A message of many lines full of signs among names of all lengths is soon read", () => {
  const own = nameKey("Nora");
  const all = [own, ...Array.from({ length: 64 }, (_, i) => "啊".repeat(i + 1))];
  const long = `${"ﷺ@".repeat(99)}\n`.repeat(41);
  const began = cpuTime();
  assert(!mentionsOwn(long, { own, all }));
  const took = cpuTime() - began;
  assert(took < 100, `it took ${took} ms`);
  // Many people in many lines are no attack.
  const few = ["李雷", "韩梅梅", "Ann", "Ann Lee", "Nora"].map(nameKey);
  assert(mentionsOwn(`${"@李雷 @Ann Lee, ".repeat(5)}\n`.repeat(20) + "@Nora", { own, all: few }));
});

function peopleOf(names: readonly string[]) {
  return names.map((name) => ({ id: `id-of-${name}`, name }));
}

Deno.test("Completes names behind @ and emoji behind a colon", () => {
  const names = { people: peopleOf(["Bob", "Bella", "Ann"]), everyone: false };
  assertEquals(complete("hi @b", 5, names)?.suggestions.map(({ insert }) => insert), [
    "@Bob ",
    "@Bella ",
  ]);
  assertEquals(complete("hi @b", 5, names)?.suggestions[0]?.person?.id, "id-of-Bob");
  assertEquals(complete("hi @b there", 5, names)?.start, 3);
  assertEquals(complete(":tad", 4, names)?.suggestions[0]?.insert, "🎉 ");
  assertEquals(complete("at 12:30", 8, names), undefined);
  assertEquals(complete("mail a@b", 8, names), undefined);
});

Deno.test("Completes no name that is there already, so that Enter sends", () => {
  const among = (...names: string[]) => ({ people: peopleOf(names), everyone: true });
  assertEquals(complete("hi @ann", 7, among("Bob", "Ann")), undefined);
  assertEquals(complete("hi @ann", 7, among("Ann", "Annika"))?.suggestions.length, 2);
  assertEquals(complete("hi @room", 8, among("Ann")), undefined);
  assertEquals(complete("hi @room", 8, among("Mr Room"))?.suggestions.length, 2);
});

Deno.test("Completes a name by any part of it, beginnings first, whatever its accents", () => {
  const names = ["Joanna", "Mary-Ann Lee", "Ann", "Zoë", "李雷", "王小李"];
  const found = (typed: string) =>
    complete(`@${typed}`, typed.length + 1, { people: peopleOf(names), everyone: false })
      ?.suggestions
      .map(({ label }) => label);
  assertEquals(found("ann"), ["Ann", "Mary-Ann Lee", "Joanna"]);
  assertEquals(found("LEE"), ["Mary-Ann Lee"]);
  assertEquals(found("zoe"), ["Zoë"]);
  assertEquals(found("ë"), ["Mary-Ann Lee", "Zoë"]);
  assertEquals(found("李"), ["李雷", "王小李"]);
  assertEquals(found("nobody"), undefined);
  assertEquals(found(""), names);
});

Deno.test("Completes @room for those who may mention everyone, behind the names", () => {
  const found = (typed: string, everyone: boolean) =>
    complete(`@${typed}`, typed.length + 1, { people: peopleOf(["Roman", "Ann"]), everyone })
      ?.suggestions
      .map(({ insert }) => insert);
  assertEquals(found("ro", true), ["@Roman ", "@room "]);
  assertEquals(found("ro", false), ["@Roman "]);
  assertEquals(found("", true), ["@Roman ", "@Ann ", "@room "]);
  for (const word of ["all", "every", "here", "所有"]) assertEquals(found(word, true), ["@room "]);
  assertEquals(found("all", false), undefined);
  const many = Array.from({ length: 20 }, (_, i) => `Person ${i}`);
  const labels = complete("@", 1, { people: peopleOf(many), everyone: true })?.suggestions;
  assertEquals([labels?.length, labels?.at(-1)?.insert], [8, "@room "]);
});

Deno.test("An unknown name is text, unless the server has found people who are not known here", () => {
  const names = { own: "ann", all: ["ann", "bob"], ids: new Set(["a", "b"]) };
  const marked = (text: string, mentions: readonly string[]) =>
    splitMentions(text, namesFor(mentions, names)).filter(({ mention }) => mention)
      .map(({ text }) => text);
  assertEquals(marked("@bob and @nobody", []), ["@bob"]);
  assertEquals(marked("@bob and @carl", ["b"]), ["@bob"]);
  assertEquals(marked("@bob and @carl", ["b", "c"]), ["@bob", "@carl"]);
  assertEquals(marked("@room and @carl", []), []);
  assertEquals(marked("@Room and @carl", ["*"]), ["@Room"]);
});
