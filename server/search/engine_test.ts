/** The engine finds all matching messages, and nothing else. */
import fc from "fast-check";
import { foldText, wordsOf } from "../../protocol/words.ts";
import { assert, assertEquals } from "../../testing/assert.ts";
import { upload } from "../../testing/file_scene.ts";
import { SearchedChat } from "../../testing/searched_chat.ts";

Deno.test("a search finds messages by their files: that they have some, pictures, or one of a name", () => {
  using chat = new SearchedChat();
  const ann = { user: { id: chat.person("ann") } };
  const [photo, plan, long] = [
    upload(ann, { name: "Garden party.png" }),
    upload(ann, { name: "plan_上海.pdf", mime: "application/pdf" }),
    upload(ann, { name: "x.bin", mime: "application/octet-stream" }),
  ];
  for (const file of [photo, plan, long]) chat.append(file);
  chat.say("no file, but has:file");
  chat.say("", { files: [photo.id] });
  chat.say("our garden", { files: [plan.id, long.id] });
  chat.follow();
  const seqs = (text: string) => chat.find(text).map(({ seq }) => seq);
  const table: [text: string, seqs: number[]][] = [
    ["has:file", [3, 2]],
    ["HAS:files", [3, 2]],
    ["has:image", [2]],
    ["has:file garden", [3, 2]],
    ["party", [2]],
    ['"garden party"', [2]],
    ["上海", [3]],
    ["has:image 上海", []],
    // The end of a text and a name, and two names, are no phrase.
    ['"garden plan"', []],
    ['"pdf x"', []],
    ["_f", []],
    ["has:file from:nobody", []],
    ['"has:file"', [1]],
  ];
  for (const [text, expected] of table) assertEquals(seqs(text), expected, text);
  assertEquals(chat.find("has:image")[0]?.files?.map(({ id }) => id), [photo.id]);
  // A preview has nothing to be found by; what is deleted is not found.
  const at = { room: "lobby", person: ann.user.id };
  chat.append({ type: "edit", ...at, seq: 3, id: "e1", text: "" });
  chat.append({ type: "delete", ...at, seq: 2 });
  chat.follow();
  assertEquals([seqs("has:file"), seqs("party"), seqs("garden"), seqs("plan")], [[3], [], [], [3]]);
});

Deno.test("SearchEngine finds words, phrases and beginnings, newest first", () => {
  using chat = new SearchedChat();
  for (const text of ["Deploy tonight", "the deployment is done", "tonight we deploy", "Hello"]) {
    chat.say(text);
  }
  chat.follow();
  assertEquals(chat.texts("deploy"), ["tonight we deploy", "Deploy tonight"]);
  assertEquals(chat.texts("TONIGHT deploy"), ["tonight we deploy", "Deploy tonight"]);
  assertEquals(chat.texts('"deploy tonight"'), ["Deploy tonight"]);
  assertEquals(chat.texts("deploy*"), [
    ...["tonight we deploy", "the deployment is done", "Deploy tonight"],
  ]);
  assertEquals(chat.texts("deplo"), []);
  assertEquals(chat.texts("d*"), [], "a single letter is a word");
});

Deno.test("SearchEngine finds any part of texts in scripts without spaces", () => {
  using chat = new SearchedChat();
  const texts = [
    "我们去上海吧",
    "上海",
    "海上的船",
    "部署docker失败",
    "検索エンジン",
    "한국어를",
    "ภาษาไทย",
  ];
  for (const text of texts) chat.say(text);
  chat.follow();
  assertEquals(chat.texts("上海"), ["上海", "我们去上海吧"]);
  assertEquals(chat.texts("海"), ["海上的船", "上海", "我们去上海吧"]);
  assertEquals(chat.texts("去上海吧"), ["我们去上海吧"]);
  assertEquals(chat.texts("上海 我们"), ["我们去上海吧"]);
  assertEquals(chat.texts("署docker失"), ["部署docker失败"]);
  assertEquals(chat.texts("ｴﾝｼﾞﾝ"), ["検索エンジン"], "width makes no difference");
  assertEquals(chat.texts("한국"), ["한국어를"]);
  assertEquals(chat.texts("ไทย"), ["ภาษาไทย"]);
  assertEquals(chat.texts("海上海"), []);
});

Deno.test("SearchEngine ignores case, diacritics and invisible characters", () => {
  using chat = new SearchedChat();
  for (const text of ["Größe", "Café au lait", "ΟΔΟΣ", "Ёлка", "soft\u00adhyphen", "ok 👍🏽"]) {
    chat.say(text);
  }
  chat.follow();
  for (const text of ["GRÖSSE", "grosse", "cafe", "οδος", "елка", "softhyphen", "👍"]) {
    assertEquals(chat.find(text).length, 1, text);
  }
});

Deno.test("SearchEngine follows operators, and searches for everything else as text", () => {
  using chat = new SearchedChat();
  chat.person("ann");
  chat.person("Bob Lee");
  chat.say("red", { by: "p-ann" });
  chat.now = Date.UTC(2026, 1, 10, 12);
  chat.say("red", { by: "p-Bob Lee", room: "tea" });
  chat.now = Date.UTC(2026, 1, 11);
  chat.say("from:nobody before:lunch has:x in: NOT OR ^ ( ) : red*");
  chat.follow();
  const seqs = (text: string, options = {}) =>
    chat.find(text, "p-ann", options).map(({ room, seq }) => `${room}/${seq}`);
  assertEquals(seqs("red"), ["lobby/2", "tea/1", "lobby/1"]);
  assertEquals(seqs('red from:"bob lee"'), ["tea/1"]);
  assertEquals(seqs("from:@ann red"), ["lobby/2", "lobby/1"]);
  assertEquals(seqs("from:me red"), ["lobby/2", "lobby/1"]);
  assertEquals(seqs("from:carl red"), []);
  assertEquals(seqs("in:#tea"), ["tea/1"]);
  assertEquals(seqs("in:tea in:lobby red"), ["lobby/2", "tea/1", "lobby/1"]);
  assertEquals(seqs("in:nowhere red"), []);
  assertEquals(seqs("after:2026-01-01 red"), ["lobby/2", "tea/1"]);
  assertEquals(seqs("after：2026-01 before:2026-02-11"), ["tea/1"]);
  assertEquals(seqs("before:2026-02-10"), ["lobby/1"]);
  assertEquals(seqs("after:2026-02-10", { offset: -13 * 60 }), []);
  assertEquals(seqs("after:2026-02-10"), ["lobby/2"]);
  assertEquals(seqs("before:2026-02-10T12:00:00.001Z after:2026-02-10T11:59:59Z"), ["tea/1"]);
  assertEquals(seqs("before:2026-02-30 red"), []);
  assertEquals(seqs("red has:file"), []);
  assertEquals(seqs("before:lunch"), ["lobby/2"]);
  assertEquals(seqs("NOT"), ["lobby/2"]);
  assertEquals(seqs(""), []);
  assertEquals(seqs(" ?!* "), []);
});

Deno.test("SearchEngine continues where an answer ended, also on another server", () => {
  using chat = new SearchedChat();
  for (let i = 1; i <= 7; i++) chat.say(`red ${i}`);
  chat.follow();
  const search = { person: "p-ann", text: "red", limit: 3 };
  const first = chat.engine.find(search);
  assert(first !== "invalid" && first.next !== undefined);
  assertEquals(first.messages.map(({ seq }) => seq), [7, 6, 5]);
  chat.say("red 8");
  chat.follow();
  const second = chat.engine.find({ ...search, before: first.next });
  assert(second !== "invalid" && second.next !== undefined);
  assertEquals(second.messages.map(({ seq }) => seq), [4, 3, 2]);
  const third = chat.engine.find({ ...search, before: second.next });
  assert(third !== "invalid");
  assertEquals([third.messages.map(({ seq }) => seq), third.next], [[1], undefined]);
  for (const before of ["x", "AAAAAAAAAAAAAAAAAAAAAA", first.next.slice(1), `${first.next}A`]) {
    assertEquals(chat.engine.find({ ...search, before }), "invalid", before);
  }
});

Deno.test("SearchEngine stops when its time is over, and says where to continue", () => {
  using chat = new SearchedChat();
  for (let i = 1; i <= 200; i++) chat.say(`red ${i}`);
  chat.follow();
  const seqs: number[] = [];
  let [answers, next]: [number, string | undefined] = [0, undefined];
  for (; answers === 0 || next !== undefined; answers++) {
    const before = next === undefined ? {} : { before: next };
    const found = chat.engine.find({ person: "p-ann", text: "red", limit: 50, ...before }, -1);
    assert(found !== "invalid");
    seqs.push(...found.messages.map(({ seq }) => seq));
    next = found.next;
  }
  assertEquals(seqs, Array.from({ length: 200 }, (_, i) => 200 - i));
  assert(answers > 100, `${answers} answers`);
});

/** Letters and signs of texts that often meet. */
const TEXT = fc.array(
  fc.constantFrom(
    ..."aAbé上海カのก é👍_-*\"'(): \n0",
    "ab",
    "上海",
    " a ",
    "from:",
    "e\u0301",
    "\u0301",
    "\0",
  ),
  { maxLength: 12 },
).map((parts) => parts.join(""));

const CHARACTER = /^[\p{L}\p{M}\p{N}]$/u;
const SPACELESS = /[上海カのก]/u;

/** Searches for a text within another, without an index: looks at every place. */
function naive(text: string, searched: string): boolean {
  const [all, some] = [spaced(text), spaced(searched)];
  for (let at = -1; (at = all.indexOf(some, at + 1)) >= 0;) {
    const [before = " ", after = " "] = [all[at - 1], all[at + some.length]];
    if (" +".includes(before) && " +".includes(after)) return true;
  }
  return false;
}

/** Writes words with spaces between, and characters of spaceless scripts that are neighbours with a plus. */
function spaced(text: string): string {
  return [...foldText(text)].map((c) =>
    SPACELESS.test(c)
      ? `<${c}>`
      : CHARACTER.test(c)
      ? c
      : /\p{Extended_Pictographic}/u.test(c)
      ? ` ${c} `
      : " "
  ).join("").replaceAll("><", "+").replaceAll(/[<>]/g, " ").trim().replaceAll(/ +/g, " ");
}

Deno.test("SearchEngine finds what a scan of all messages finds", () => {
  using chat = new SearchedChat();
  let rooms = 0;
  fc.assert(
    fc.property(fc.array(TEXT, { minLength: 1, maxLength: 8 }), TEXT, (texts, searched) => {
      // In quotes, so that it is one phrase and no operator.
      const plain = searched.replaceAll(/["“”„]/g, " ");
      fc.pre(wordsOf(plain).length > 0);
      const room = `room${++rooms}`;
      for (const text of texts) chat.say(text, { room });
      chat.follow();
      const expected = texts.map((text, i) => naive(text, plain) ? i + 1 : 0)
        .filter((seq) => seq > 0).reverse();
      const found = chat.find(`in:${room} "${plain}"`).map(({ seq }) => seq);
      assertEquals(found, expected, JSON.stringify(plain));
    }),
    { numRuns: 2000 },
  );
});

Deno.test("SearchEngine answers any text", () => {
  using chat = new SearchedChat();
  chat.say("red");
  chat.follow();
  fc.assert(fc.property(fc.oneof(TEXT, fc.string({ unit: "binary", maxLength: 300 })), (text) => {
    for (const found of chat.find(text)) assertEquals(found.text, "red");
  }));
  for (const text of ["a ".repeat(500), '"'.repeat(1000), "上".repeat(1000), "in:a ".repeat(200)]) {
    chat.find(text);
  }
});

Deno.test("SearchEngine finds messages of a guest by the name that the server gave", () => {
  using chat = new SearchedChat();
  chat.say("red", { by: "282wbdstfjug7pcuzei9" });
  chat.say("red", { by: "282xbdstfjug7pcuzei9" });
  chat.follow();
  assertEquals(chat.find("from:guest-282w").map(({ seq }) => seq), [1]);
});
