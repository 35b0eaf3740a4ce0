import { isLinear, madeExpressionsOf, regularExpressionsOf } from "./regular_expressions.ts";
import { readSources } from "./import_graph.ts";
import { assertEquals } from "../testing/assert.ts";

/** What reads untrusted input. */
const PATH =
  /^(?:client\.ts|hub\.ts|(?:client|files|hub|lib|people|protocol|server|state|static)\/.*)$/;

/** Expressions that the rule does not know to be linear, and the reason why each may stay. */
const ALLOWED: Readonly<Record<string, string>> = {
  "-[0-9a-f]{8,}\\.\\w+$": "the names of the program's own files",
  "^\\[([^\\]]*)\\](?::\\d+)?$": "an address of at most 100 characters",
  "^(\\d+(?:\\.\\d+){3}):\\d+$": "an address of at most 100 characters",
  "%.*$": "an address of at most 100 characters",
  "^scrypt\\$(\\d+)\\$(\\d+)\\$(\\d+)\\$([\\w-]+)\\$([\\w-]{43})$": "the program's own hashes",
  "\\p{M}+": "nothing follows that could fail",
  "[/?#](?:[^\\s\\p{P}\\p{S}\\p{C}]|[!#$%&'()+,./:;=?@[\\]^_{}-]|\\*(?!\\*)|~(?!~)|[–·・‐])*":
    "it begins at one place, and its alternatives begin differently",
  "^([\\s\\S]*[/.@][a-z0-9-]*[a-z0-9])[^\\p{Script=Latin}\\p{M}\\p{N}_.:-][^.]*$":
    "the host of an address, of at most 1000 characters in a server",
  "(?:^|[^\\p{L}\\p{N}-])(?:ssh|scp|sftp|rsync|mosh|git|ssh-copy-id)\\s+(?:[^\\s,;!?。，]+[ \\t]+){0,5}$":
    "only the page looks for mail, in 200 characters",
  "https?:\\/\\/(?:[^\\s/?#@]*@)?([^\\s/?#:@]+)": "only the page looks at labels",
  "```[\\s\\S]*?(?:```|$)": "each match ends at a mark or at the end",
  "`[^`\\n]*`": "it ends at the next mark, where the next match may begin",
  "\\|\\|[\\s\\S]*?\\|\\|": "the last mark alone has none behind it",
  ';\\s*charset\\s*=\\s*"?([\\w:.-]{1,40})': "500 characters of a header",
  "<meta[^>]{0,200}?charset\\s*=\\s*[\"']?([\\w:.-]{1,40})": "the first 1024 characters of a page",
  "[\\p{M}\\uff9e\\uff9f]{17,}": "at most 17 characters are looked at from each one",
  "(?<=\\s)\\|\\|(?=[^\\s|])[^|]*[^\\s|]\\|\\|(?=\\s|$)":
    "it ends at the next mark, where the next begins",
  "\\\\?([*_~])\\1*|\\\\": "nothing follows that could fail",
  "(?:\\\\\\*)+|(?:\\\\_)+|(?:\\\\~)+|\\*+|_+|~+": "nothing follows that could fail",
  "^ {0,3}(`{3,})([\\w+#.-]*)[ \\t]*$": "its parts have no character in common",
  "^```(?!`)(\\s*\\S.*)$": "what follows the first letter can end in one place only",
  "^( {0,3})(?:([-*])|(\\d{1,9}[.)]))([ \\t]+)(\\S.*)$":
    "its parts begin with different characters",
  "^ {0,3}(#{1,6})[ \\t]+(\\S.*)$": "its parts begin with different characters",
  "^ {0,3}`{3,}[ \\t]*$": "its parts have no character in common",
  "[^`]```[ \\t]*$": "a run of spaces has one mark before it",
  " #+$": "a run of marks has one space before it",
  "`+": "it repeats one class",
  "[^]\\p{M}*": "nothing follows that could fail",
  "\\P{M}\\p{M}*": "nothing follows that could fail",
  "^#\\/([a-z]+)\\/(.+)$": "its parts are divided by a mark that the first has not",
  "^#\\/[^/]+(?:\\/\\d+)?$": "its parts are divided by a mark that the first has not",
  "^#\\/([^/]+)(?:\\/(\\d+))?$": "its parts are divided by a mark that the first has not",
  "^(\\d+)(\\+?)(?: (\\S+))?$": "its parts begin with different characters",
  "^(\\S*) ?([^]*)$": "what is behind the first part matches anything",
  "^(\\w+): ([^]*)$": "what is behind the first part matches anything",
  "(?<![\\p{Script=Latin}\\p{N}_:])[:：]([a-z0-9_+-]+)$": "one's own text; the colon is in no name",
  ":[a-z0-9_+-]+:": "the colon is in no name",
  "(?::[a-z0-9_+-]+:)+": "the colon is in no name",
  ":([a-z0-9_+-]+):": "the colon is in no name",
  "^(\\d+)\\.(.*)$": "its parts are divided by a mark that the first has not",
  "'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--[^\\n]*|\\/\\*[^]*?\\*\\/|\\s+|\\w+|[^]":
    "the layouts of data files, which nobody sends",
  "^(?:application\\/(?:pdf|postscript|rtf)|text\\/.*)$": "nothing follows that could fail",
};

/** Those that are made of strings, by their modules and names, and the reason why each takes linear time. */
const MADE: Readonly<Record<string, string>> = {
  "protocol/addresses.ts ASCII_ROOM": "it repeats one class",
  "protocol/addresses.ts HIDDEN_ROOM": "it repeats one class",
  "protocol/addresses.ts ROOM": "it repeats one class",
  "protocol/addresses.ts ?": "it repeats nothing",
  "protocol/addresses.ts LISTED": "it repeats nothing",
  "protocol/names.ts MESSAGE_ID": "it repeats one class",
  "protocol/names.ts INVISIBLE": "it repeats nothing",
  "protocol/plain.ts CONTROLS": "it repeats nothing",
  "protocol/query.ts ITEM": "a quotation ends at the next mark, whatever that is",
  "protocol/room_settings.ts SIGNED": "blanks are no signs, and nothing follows that could fail",
  "protocol/text_links.ts URL_HEAD": "what may repeat without end stops where a host can't go on",
  "protocol/text_links.ts WWW_HEAD": "each repetition is bounded, and labels end at a dot",
  "protocol/text_links.ts MAIL": "each repetition is bounded, and labels end at a dot",
  "protocol/text_links.ts HOST_LIKE": "each repetition is bounded, and labels end at a dot",
  "protocol/words.ts ASCII_WORDS": "it repeats one class",
  "protocol/words.ts PARTS": "its alternatives are classes with nothing in common",
  "state/link_tokens.ts TOKEN": "it repeats classes a few times",
  "static/emoji.ts EMOJI_ONLY":
    "at most 96 characters, each of which one alternative can begin with",
  "static/state/mentions.ts WORD_BEFORE": "it repeats nothing",
  "static/state/mentions.ts WORD_BEHIND": "it repeats nothing",
};

Deno.test("regularExpressionsOf finds literals, and no divisions, comments or strings", () => {
  const source = [
    "const a = /a+[/]\\//g;",
    "// /comment/",
    "/* = /block/ */ const b = 4 / 2 / 1;",
    'const c = "= /string/"; const d = f(x) / 2; const e = `= /template/`;',
    "if (/^b$/.test(c)) return /c/;",
  ].join("\n");
  assertEquals(regularExpressionsOf(source), ["a+[/]\\/", "^b$", "c"]);
});

Deno.test("madeExpressionsOf names what is made of strings", () => {
  const source = "const A = new RegExp(`x`);\nconst B =\n  new RegExp(x); f(new RegExp(y));";
  assertEquals(madeExpressionsOf(source), ["A", "B", "?"]);
});

Deno.test("isLinear knows which repetitions are sure to be harmless", () => {
  const linear = [
    "a",
    "^a*b",
    "\\s+",
    "[a-z,]+",
    "^x{1,64}$",
    "a?b?",
    "^\\d{1,3}(\\.\\d{1,3}){3}$",
  ];
  assertEquals(linear.filter((pattern) => !isLinear(pattern)), []);
  const others = [
    "\\s*,\\s*",
    "^(.*?) *$",
    "(a+)+",
    "\\s+$",
    "a*b",
    "^a|b*c",
    "x{3,}y",
    "^(?:a*){9}b",
  ];
  assertEquals(others.filter(isLinear), []);
});

Deno.test("regular expressions for untrusted input take linear time", async () => {
  const faults: string[] = [];
  for (const [file, source] of await readSources(".")) {
    if (!PATH.test(file) || file.includes("_test.ts")) continue;
    faults.push(
      ...regularExpressionsOf(source)
        .filter((pattern) => !isLinear(pattern) && !Object.hasOwn(ALLOWED, pattern)),
      ...madeExpressionsOf(source).map((name) => `${file} ${name}`)
        .filter((name) => !Object.hasOwn(MADE, name)),
    );
  }
  assertEquals(faults, []);
});
