import { assert, assertEquals, assertStringIncludes } from "../testing/assert.ts";
import { isMessageId, isSecret, nameKey, parseName, SECRET_CHARACTERS } from "./names.ts";

function nameOf(value: string): string | undefined {
  const parsed = parseName(value);
  return "name" in parsed ? parsed.name : undefined;
}

Deno.test("isMessageId accepts 1 to 64 of A-Za-z0-9_-", () => {
  for (const id of ["a", "Z", "0", "_-", "A".repeat(64)]) assert(isMessageId(id), id);
  for (const other of ["", "a b", "a\n", "a.b", "ａ", "a".repeat(65), 1, undefined, ["a"]]) {
    assert(!isMessageId(other), JSON.stringify(other));
  }
});

Deno.test("isSecret accepts well-formed text of bounded length", () => {
  for (const secret of ["x", " ", "naïve:秘密", "x".repeat(SECRET_CHARACTERS)]) {
    assert(isSecret(secret), secret);
  }
  for (const other of ["", "x".repeat(SECRET_CHARACTERS + 1), "\ud800", 7, null]) {
    assert(!isSecret(other), JSON.stringify(other));
  }
});

Deno.test("parseName accepts names of all languages as they are", () => {
  const names = [
    "a",
    "Ann Lee",
    "o'brien",
    "Zoë",
    "李小龙",
    "ありがとう",
    "محمد",
    "עברית",
    "अनिल",
    "நிலா",
    "สมชาย",
    "Ἀχιλλεύς",
    "İbrahim",
    "Groß",
    "ａｎｎ",
    "🦊",
    "👋🏽 ann",
    "🇨🇭",
    "❤\ufe0f",
    "ann (work) #2",
    "guest",
    "guests-1",
    "my-guest-1",
    "__proto__",
    "x".repeat(32),
    "🦊".repeat(32),
  ];
  for (const name of names) assertEquals(parseName(name), { name });
});

Deno.test("parseName puts a name into NFC before it counts characters", () => {
  assertEquals(parseName("Zoe\u0308"), { name: "Zo\u00eb" });
  assertEquals(parseName("e\u0301".repeat(32)), { name: "\u00e9".repeat(32) });
  assertEquals(parseName("\u03b1\u0313\u0300\u0345".repeat(32)), { name: "\u1f82".repeat(32) });
  assertEquals(nameOf("q\u0301".repeat(17)), undefined);
});

Deno.test("parseName refuses a name that deceives or does not fit, with the reason", () => {
  const refused: [value: string, reason: string][] = [
    ["", "empty"],
    ["x".repeat(33), "limit is 32 characters, received 33"],
    ["🦊".repeat(33), "limit is 32 characters, received 33"],
    ["x".repeat(60_000), "received 60000"],
    ["a" + "\u0316\u0301".repeat(30_000), "received 60001"],
    [" ann", "space"],
    ["ann ", "space"],
    [" ", "space"],
    ["\u3000", "space"],
    ["\u00a0ann", "space"],
    ["ann\u2003", "space"],
    ["ann: hi", "colon"],
    [":", "colon"],
    ["ann\uff1a hi", "colon"],
    ["\u0301ann", "U+0301"],
    ["\u20e3", "U+20E3"],
    ["Deleted person", "deleted"],
    ["ＤELETED PERSON", "deleted"],
    ["已删除的用户", "deleted"],
    ["guest-1", "guest-"],
    ["guest-", "guest-"],
    ["GUEST-ab12", "guest-"],
    ["Guest-x", "guest-"],
    ["ｇｕｅｓｔ－1", "guest-"],
    ["gueſt-1", "guest-"],
    ["guest\u20101", "guest-"],
    ["guest\u22121", "guest-"],
    ["a\u0000b", "U+0000"],
    ["a\tb", "U+0009"],
    ["a\nb", "U+000A"],
    ["a\rb", "U+000D"],
    ["a\u001bb", "U+001B"],
    ["a\u007fb", "U+007F"],
    ["a\u0085b", "U+0085"],
    ["a\u2028b", "U+2028"],
    ["a\u2029b", "U+2029"],
    ["a\u200bb", "U+200B"],
    ["a\u200cb", "U+200C"],
    ["a\u200db", "U+200D"],
    ["👩\u200d🚀", "U+200D"],
    ["a\u2060b", "U+2060"],
    ["\ufeffann", "U+FEFF"],
    ["ann\u00ad", "U+00AD"],
    ["a\u200eb", "U+200E"],
    ["a\u200fb", "U+200F"],
    ["a\u061cb", "U+061C"],
    ["a\u202ab", "U+202A"],
    ["a\u202eb", "U+202E"],
    ["a\u2066b", "U+2066"],
    ["a\u2069b", "U+2069"],
    ["\u3164", "U+3164"],
    ["ann\u115f", "U+115F"],
    ["ann\u1160", "U+1160"],
    ["ann\uffa0", "U+FFA0"],
    ["\u2800", "U+2800"],
    ["ann\u034f", "U+034F"],
    ["ann\u17b4", "U+17B4"],
    ["ann\u180e", "U+180E"],
    ["ann\ufe0f", "U+FE0F"],
    ["❤\ufe0f\ufe0f", "U+FE0F"],
    ["❤\ufe0e", "U+FE0E"],
    ["ann\u{e0100}", "U+E0100"],
    ["ann\u{e0041}", "U+E0041"],
    ["ann\ufffc", "U+FFFC"],
    ["ann\u{1d159}", "U+1D159"],
    ["ann\uffff", "U+FFFF"],
    ["ann\ud83e", "U+D83E"],
    ["\udd8aann", "U+DD8A"],
  ];
  for (const [value, reason] of refused) {
    const parsed = parseName(value);
    assert("problem" in parsed, `${JSON.stringify(value)} was taken`);
    assertStringIncludes(parsed.problem, "Cannot take the name: ");
    assertStringIncludes(parsed.problem, reason);
    assert(parsed.problem.length < 120, parsed.problem);
  }
});

Deno.test("nameKey is the same for names that differ only in case, width or composition", () => {
  const same: string[][] = [
    ["ann", "Ann", "ANN", "ａｎｎ", "Ａｎｎ"],
    ["Groß", "gross", "GROSS", "GRO\u1e9e"],
    ["ΟΔΟΣ", "οδος", "οδοσ"],
    ["ibrahim", "Ibrahim", "İbrahim", "ıbrahim", "İBRAHİM"],
    ["Zoë", "ZOE\u0308"],
    ["ﬁn", "FIN"],
    ["K", "\u212a", "k"],
    ["ann lee", "Ann  Lee", "ann\u00a0lee", "ann\u3000lee"],
    ["❤", "❤\ufe0f"],
    ["strasse", "ſtraße"],
  ];
  for (const [first = "", ...others] of same) {
    for (const other of others) assertEquals(nameKey(other), nameKey(first), `${other} = ${first}`);
  }
});

Deno.test("nameKey differs for names that differ otherwise, homoglyphs of other alphabets too", () => {
  const names = [
    "ann",
    "anna",
    "än",
    "an",
    "李",
    "里",
    "\u0430nn",
    "a nn",
    "ann1",
    "🦊",
    "❤",
    "o",
    "ø",
  ];
  assertEquals(new Set(names.map(nameKey)).size, names.length);
});

Deno.test("nameKey is its own key, and is the same for every case and form of each character", () => {
  // Beyond these planes no character has a case or another form.
  for (let point = 0; point < 0x30000; point++) {
    const character = String.fromCodePoint(point);
    const key = nameKey(character);
    const forms = [
      key,
      character.toLowerCase(),
      character.toUpperCase(),
      character.normalize("NFC"),
      character.normalize("NFD"),
      character.normalize("NFKC"),
      character.normalize("NFKD"),
    ];
    // Most characters have one form, for which there is nothing to compare.
    for (const form of new Set(forms)) {
      if (form !== character && nameKey(form) !== key) {
        throw new Error(`U+${point.toString(16)} as ${JSON.stringify(form)} has another key`);
      }
    }
  }
});
