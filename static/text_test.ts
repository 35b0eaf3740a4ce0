import fc from "fast-check";
import { assert, assertEquals } from "../testing/assert.ts";
import { cpuTime } from "../testing/cpu_time.ts";
import { isEmojiOnly, loadEmoji, replaceShortcodes } from "./emoji.ts";
import { type Block, type Inline, parseText, safeHref, shownText } from "./text.ts";
import { directionOf } from "./text/direction.ts";
import { ranksOf } from "./text/headings.ts";
import { plainBlocks } from "./text/tree.ts";
import { AS_TYPED, READ } from "./text_corpus.ts";

await loadEmoji();

/** The tree in a short form: kinds as brackets around what is inside. */
function short(blocks: readonly (Block | Inline)[]): string {
  let text = "";
  blocks.forEach((block, index) => {
    if (block.kind === "paragraph" && blocks[index - 1]?.kind === "paragraph") text += "¶";
    text += one(block);
  });
  return text;
}

function one(block: Block | Inline): string {
  switch (block.kind) {
    case "text":
      return block.text;
    case "break":
      return "↵";
    case "code":
      return `code(${block.text.replaceAll("\n", "↵")})`;
    case "link":
      return `link<${block.href}>(${short(block.children)})`;
    case "heading":
      return `h${block.level}(${short(block.children)})`;
    case "table":
      return `table(${
        block.rows.map((row) => row.map((cell) => short(cell)).join("|")).join("↵")
      })`;
    case "list":
      return `${block.ordered ? "ol" : "ul"}(${block.items.map(short).join("|")})`;
    case "paragraph":
      return short(block.children);
    default:
      return `${block.kind}(${short(block.children)})`;
  }
}

/** The text that the tree shows. */
function shown(blocks: readonly (Block | Inline)[]): string {
  return blocks.map((block): string => {
    switch (block.kind) {
      case "text":
      case "code":
        return block.text;
      case "break":
        return "\n";
      case "list":
        return block.items.map(shown).join("\n");
      case "table":
        return block.rows.flat().map(shown).join("\n");
      default:
        return shown(block.children);
    }
  }).join("\n".repeat(blocks.some(({ kind }) => kind === "paragraph") ? 1 : 0));
}

/** All links of a tree. */
function hrefs(blocks: readonly (Block | Inline)[]): string[] {
  return blocks.flatMap((block) => {
    switch (block.kind) {
      case "link":
        return [block.href, ...hrefs(block.children)];
      case "list":
        return block.items.flatMap(hrefs);
      case "table":
        return block.rows.flat().flatMap(hrefs);
      case "text":
      case "code":
      case "break":
        return [];
      default:
        return hrefs(block.children);
    }
  });
}

Deno.test("parseText shows ordinary lines exactly as they were typed", () => {
  const changed = AS_TYPED.map((text) => [text, short(parseText(text))])
    .filter(([text, read]) => text !== read);
  assertEquals(changed, []);
});

Deno.test("parseText reads clear markup", () => {
  const wrong = READ.map(([text, wanted]) => ({ text, wanted, read: short(parseText(text)) }))
    .filter(({ wanted, read }) => wanted !== read);
  assertEquals(wrong, []);
  assert(AS_TYPED.length + READ.length >= 150, `${AS_TYPED.length + READ.length} lines`);
});

/** Lines whose marks might find their others in another line, or whose spaces are at their ends. */
const DANGLING =
  /^\s|\s$|[`\t]|^\W+$|(?:^|[^\p{L}\p{N}\s])[*_~]+[\p{L}\p{N}]|[^\s*_~][*_~]+(?:$|[^\p{L}\p{N}])/u;

/** Pieces of texts that look a little like markup and are none, as long as a space stands around them. */
const PIECE = fc.oneof(
  fc.constantFrom(...AS_TYPED.filter((text) => !DANGLING.test(text))),
  fc.stringMatching(/^[a-z]{1,8}$/),
  fc.stringMatching(/^[\u4e00-\u4eff\u3042-\u3059]{1,6}[，。！？：]?$/),
  fc.stringMatching(/^[\u05d0-\u05ea\u0627-\u064a]{1,6}$/),
  fc.integer().map(String),
  fc.tuple(fc.nat(99), fc.nat(99), fc.nat(99)).map((parts) => parts.join(":")),
  fc.array(fc.nat(255).map((n) => n.toString(16).padStart(2, "0")), { minLength: 6, maxLength: 6 })
    .map((parts) => parts.join(":")),
  fc.ipV6(),
  fc.stringMatching(/^[a-z]{1,4}(?:_[a-z]{1,4}){1,3}$/),
  fc.stringMatching(/^[a-z]{1,4}(?:\\[*_]?[a-z]{1,4}){1,3}$/),
  fc.stringMatching(/^\d{1,3}(?:\*\d{1,3}){1,3}$/),
  fc.constantFrom(
    "*",
    "_",
    "~",
    "~~",
    "**",
    "\\",
    ">",
    "<",
    "|",
    "#",
    "+",
    "-",
    "=",
    ":",
    "&",
    "!",
  ),
);

Deno.test("parseText keeps every character of texts that only resemble markup", () => {
  fc.assert(
    fc.property(fc.array(PIECE, { minLength: 1, maxLength: 8 }), (pieces) => {
      // A word before them: at the beginning of a line `-` and `>` may be more.
      const text = `word ${pieces.join(" ")}`;
      assertEquals(short(parseText(text)), text);
    }),
    { numRuns: 2_000 },
  );
});

/** Any text whatever, rich in marks. */
const ANYTHING = fc.array(
  fc.oneof(
    fc.constantFrom(..."*_~`[]()<>!:\\/@#-+.|1 \n\n"),
    fc.constantFrom(
      "**",
      "~~",
      "||",
      "## ",
      "a | b\n-|-\n",
      "```\n",
      "> ",
      "- ",
      "1. ",
      "https://a.example/",
      ":tada:",
      "你",
      "。",
    ),
    fc.constantFrom("א", "ب", "é", "🎉", "a", "b@c.de", "www.x.example", "\u200b", "\u0301"),
    fc.string({ unit: "binary", maxLength: 3 }),
  ),
  { maxLength: 60 },
).map((parts) => parts.join(""));

/** Everything but marks and spaces: none of it may be lost, whatever the markup. */
function content(text: string): string {
  return text.replace(/[\s*_~`[\]()<>!:\\#+.|\-☐☑xX]/g, "");
}

Deno.test("parseText never throws, never loses a letter, and shows something of every text", () => {
  fc.assert(
    fc.property(ANYTHING, (text) => {
      const read = parseText(text);
      const found = hrefs(read);
      for (const href of found) assert(/^(?:https?|mailto):/.test(href), href);
      // Shortcodes become emoji, addresses of links are behind their texts, a fence may name a language.
      const isPlain = !/:[a-z0-9_+-]+:|\]\(|```/.test(text);
      if (isPlain) assertEquals(content(shown(read)), content(text));
      if (text.trim() !== "") assert(shown(read).trim() !== "", JSON.stringify(text));
    }),
    { numRuns: 5_000 },
  );
});

Deno.test("safeHref takes only links to pages and mail", () => {
  for (
    const href of [
      "javascript:alert(1)",
      " javascript:alert(1)",
      "java\nscript:alert(1)",
      "\u0001javascript:alert(1)",
      "data:text/html,<script>alert(1)</script>",
      "vbscript:x",
      "file:///etc/passwd",
      "blob:https://a.example/1",
      "//a.example",
      "relative",
      "",
    ]
  ) {
    assertEquals(safeHref(href), undefined, href);
  }
  assertEquals(safeHref("https://a.example"), "https://a.example/");
});

Deno.test("parseText reads fences and lists that are none as fast as other lines", () => {
  const open = "```a\n".repeat(330);
  const temperatures = Array.from({ length: 9 }, (_, i) => `${"  ".repeat(i)}- 5`).join("\n");
  const texts = [
    `${open}${"a\n".repeat(7000)}`,
    `${open}${"\n".repeat(14_000)}`,
    `${"```".repeat(2)}\n${open}${"\n".repeat(14_000)}`,
    `${temperatures}\n${`${" ".repeat(18)}x\n`.repeat(800)}`,
  ];
  const time = (text: string) => {
    const start = performance.now();
    parseText(text);
    return performance.now() - start;
  };
  for (const text of texts) {
    const plain = text.replaceAll("`", "'").replaceAll("-", "+");
    // Side by side, so that a busy machine slows down both. Read in the wrong order, they take hundreds of times as long.
    const [took, usual] = [text, plain].map((each) =>
      Math.min(...Array.from({ length: 7 }, () => time(each)))
    );
    assert(Number(took) < 40 * Number(usual), `${text.slice(0, 30)}: ${took} ms, not ${usual} ms`);
  }
});

Deno.test("replaceShortcodes knows shortcodes that stand by themselves only", () => {
  assertEquals(replaceShortcodes(":+1: :nothing_such: 12:30:45"), "👍 :nothing_such: 12:30:45");
});

Deno.test("isEmojiOnly knows flags, families, keycaps and tones, and no letters", () => {
  for (
    const text of [
      ...[":tada: 👩‍👧‍👦", "🇩🇪", "🇩🇪🇫🇷", "1️⃣", "#️⃣ *️⃣", "👍🏽", "❤️", "❤", "☺️", "👨🏻‍💻"],
      ...["🏴󠁧󠁢󠁥󠁮󠁧󠁿", "🏳️‍🌈", "👩‍❤️‍💋‍👨", "🧑🏽‍🤝‍🧑🏻", "⌚", "🫠"],
    ]
  ) {
    assert(isEmojiOnly(text), text);
  }
  for (const text of ["🎉 party", "123", "1", "#", "*", "", " ", "©", "™", "🇩", "a", "🎉🎉🎉🎉"]) {
    assert(!isEmojiOnly(text), text);
  }
});

Deno.test("isEmojiOnly takes no time for pictures that are joined and end in something else", () => {
  for (const picture of ["\u231a", "\u2139", "\u{1f468}", "\u{1f44d}\u{1f3fb}"]) {
    const start = cpuTime();
    assert(!isEmojiOnly(`${picture}\u200d`.repeat(22) + "a"));
    const ms = cpuTime() - start;
    assert(ms < 50, `${picture}: ${ms} ms`);
  }
});

Deno.test("parseText takes no time for code behind a fence in a line with other ends of lines", () => {
  for (const end of ["\u2028", "\u2029", "\r"]) {
    const start = cpuTime();
    parseText("```" + "x".repeat(16_000) + end);
    const ms = cpuTime() - start;
    assert(ms < 100, `${JSON.stringify(end)}: ${ms} ms`);
  }
});

Deno.test("parseText shows tables that are too large as typed", () => {
  const rows = (count: number) => `| a | b |\n|-|-|${"\n| 1 | 2 |".repeat(count)}`;
  assertEquals(parseText(rows(999)).map(({ kind }) => kind), ["table"]);
  const large = `${rows(1_000)}\nafter`;
  assertEquals(short(parseText(large)).replaceAll("↵", "\n").replace("¶", "\n"), large);
  // All tables of a text count, wherever they are.
  const several = parseText(
    `${rows(500)}\n\n> ${rows(490).replaceAll("\n", "\n> ")}\n\n${rows(9)}`,
  );
  assertEquals(several.map(({ kind }) => kind), ["table", "quote", "paragraph"]);
});

Deno.test("parseText shows a text with too many addresses as typed", () => {
  // Each is looked at with the 20 labels after it, which are no host: 16 KiB took 50 ms.
  for (const unit of ["www.א", "http://a.example "]) {
    const [paragraph] = parseText(unit.repeat(1001));
    assert(paragraph?.kind === "paragraph");
    assertEquals(paragraph.children, [{ kind: "text", text: unit.repeat(1001) }]);
  }
  const [links] = parseText("http://a.example ".repeat(1000));
  assert(links?.kind === "paragraph");
  assertEquals(links.children.filter(({ kind }) => kind === "link").length, 1000);
});

Deno.test("ranksOf leaves no level out", () => {
  const ranks = (text: string) => [...ranksOf(parseText(text)).values()];
  assertEquals(ranks("# a\n## b\n### c\n## d\n- x\n\n# e\n\nend"), [1, 2, 3, 2, 1]);
  assertEquals(ranks("### a\n###### b\n\n> ## c\n> d"), [1, 2, 1]);
});

Deno.test("plainBlocks has the text without markup, and hides spoilers", () => {
  const text =
    "## A\n**b** ||c||\n> d\n- e\n- f\n\n| g | h |\n| - | - |\n| i | ||j|| |\n```js\nk\n```";
  assertEquals(plainBlocks(parseText(text), "…"), "A\nb …\nd\ne\nf\ng\th\ni\t…\nk");
  assertEquals(plainBlocks(parseText("||a `b`||")), "a b");
  assertEquals(shownText("**a** ||b||\n\nc"), "a ███\nc");
});

Deno.test("directionOf follows the first letter outside of code", () => {
  const direction = (text: string) => directionOf(parseText(text));
  assertEquals(direction("- פריט אחד"), "rtl");
  assertEquals(direction("1. مرحبا"), "rtl");
  assertEquals(direction("> שלום world"), "rtl");
  assertEquals(direction("`code` שלום"), "rtl");
  assertEquals(direction("hello שלום"), "ltr");
  assertEquals(direction("123"), "ltr");
});
