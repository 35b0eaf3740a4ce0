import { assert, assertEquals } from "../testing/assert.ts";
import { isEmojiOnly, replaceShortcodes } from "./emoji.ts";
import { type Block, type Inline, parseText, safeHref } from "./text.ts";

/** The tree in a short form: kinds as brackets around what is inside. */
function short(blocks: readonly (Block | Inline)[]): string {
  return blocks.map((block) => {
    switch (block.kind) {
      case "text":
        return block.text;
      case "break":
        return "↵";
      case "code":
        return `code(${block.text})`;
      case "link":
        return `link<${block.href}>(${short(block.children)})`;
      case "list":
        return `${block.start ?? "list"}(${block.items.map(short).join("|")})`;
      case "paragraph":
        return `p(${short(block.children)})`;
      default:
        return `${block.kind}(${short(block.children)})`;
    }
  }).join("");
}

const READINGS: [string, string][] = [
  ["plain words", "p(plain words)"],
  ["**bold** *italic* ~~gone~~", "p(strong(bold) em(italic) del(gone))"],
  ["a\nb\n\nc", "p(a↵b)p(c)"],
  ["`a < b` :tada:", "p(code(a < b) 🎉)"],
  ["`:tada:`", "p(code(:tada:))"],
  ["```js\nlet a = '<b>';\n```", "code(let a = '<b>';)"],
  ["> quoted\n> twice", "quote(p(quoted↵twice))"],
  ["- a\n- b", "list(p(a)|p(b))"],
  ["3. a\n4. b", "3(p(a)|p(b))"],
  [
    "see https://a.example/x?y=1&z=2.",
    "p(see link<https://a.example/x?y=1&z=2>(https://a.example/x?y=1&z=2).)",
  ],
  ["[here](https://a.example)", "p(link<https://a.example/>(here))"],
  ["ann@a.example", "p(link<mailto:ann@a.example>(ann@a.example))"],
  ["&lt;b&gt; &amp;", "p(&lt;b&gt; &amp;)"],
  ["# no title\n---\n| no | table |", "p(# no title↵---↵| no | table |)"],
  ["<b>x</b>", "p(<b>x</b>)"],
  ["<script>alert(1)</script>", "p(<script>alert(1)</script>)"],
  ["[x](javascript:alert(1))", "p([x](javascript:alert(1)))"],
  ["[x](JaVaScRiPt&colon;alert(1))", "p([x](JaVaScRiPt&colon;alert(1)))"],
  ["![x](data:image/svg+xml;base64,AAAA)", "p(![x](data:image/svg+xml;base64,AAAA))"],
  ["![cat](https://a.example/cat.png)", "p(link<https://a.example/cat.png>(cat))"],
  [
    "[a [b](https://b.example) c](https://a.example)",
    "p([a link<https://b.example/>(b) c](link<https://a.example/>(https://a.example)))",
  ],
];

for (const [text, tree] of READINGS) {
  Deno.test(`Reads ${JSON.stringify(text)}`, () => assertEquals(short(parseText(text)), tree));
}

Deno.test("Takes only links to pages and mail", () => {
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

Deno.test("Reads what was made to be slow as text, within the time of a frame or two", () => {
  const texts = [
    ">".repeat(10_000),
    "- ".repeat(5_000),
    "_a".repeat(5_000),
    "*a ".repeat(3_000),
    "[".repeat(10_000),
    "`` ".repeat(3_000),
    "[a](".repeat(2_500),
    "http://a.".repeat(1_000),
    "a@a.".repeat(2_500),
    ":a".repeat(5_000),
    Array.from({ length: 120 }, (_, i) => `${" ".repeat(i)}- x`).join("\n"),
    "_a".repeat(199),
  ];
  for (const text of texts) {
    const start = performance.now();
    parseText(text);
    const took = performance.now() - start;
    assert(took < 250, `${text.slice(0, 8)}… took ${took} ms`);
  }
});

Deno.test("Puts emoji in the place of known shortcodes only", () => {
  assertEquals(replaceShortcodes(":+1: :nothing_such: 12:30:45"), "👍 :nothing_such: 12:30:45");
  assert(isEmojiOnly(":tada: 👩‍👧‍👦"));
  assert(!isEmojiOnly("🎉 party"));
  assert(!isEmojiOnly("123"));
  assert(!isEmojiOnly(""));
});

Deno.test("The box of a task stands in the line of its words", () => {
  const text = (text: string) => ({ kind: "text", text }) as const;
  assertEquals(parseText("- [ ] to do\n- [x] **done**"), [{
    kind: "list",
    start: undefined,
    items: [
      [{ kind: "paragraph", children: [text("☐ "), text("to do")] }],
      [{
        kind: "paragraph",
        children: [text("☑ "), { kind: "strong", children: [text("done")] }],
      }],
    ],
  }]);
});
