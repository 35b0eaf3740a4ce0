/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import { fileURLToPath } from "node:url";
import { readFiles } from "../../build/files.ts";
import { assert, assertEquals } from "../../testing/assert.ts";
import { launch, noBrowser } from "../../testing/browser.ts";
import { Hubbub, ROOT } from "../../testing/hubbub.ts";
import { Visitor } from "../../testing/page.ts";

/** Texts that would run, load or break something if the page did not escape them. */
const ATTACKS = [
  `<script>alert(1)</script>`,
  `<img src=x onerror=alert(1)>`,
  `<svg/onload=alert(1)>`,
  `<svg><script>alert(1)</script></svg>`,
  `<iframe srcdoc="<script>alert(1)</script>"></iframe>`,
  `<body onload=alert(1)>`,
  `<details open ontoggle=alert(1)>`,
  `<a href="javascript:alert(1)" autofocus onfocus=alert(1)>x</a>`,
  `<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>`,
  `<style>body{display:none}</style><link rel=stylesheet href=//attack.example/a.css>`,
  `<form action="https://attack.example"><input name=q autofocus></form>`,
  `<meta http-equiv=refresh content="0;url=https://attack.example">`,
  `<base href="https://attack.example/">`,
  `"><script>alert(1)</script>`,
  `'-alert(1)-'`,
  `</textarea></title></style></script><script>alert(1)</script>`,
  `[click](javascript:alert(1))`,
  `[click](JaVaScRiPt:alert(1))`,
  `[click](java\tscript:alert(1))`,
  `[click](&#106;avascript:alert(1))`,
  `[click](javascript&colon;alert(1))`,
  `[click](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)`,
  `[click](vbscript:alert(1))`,
  `<javascript:alert(1)>`,
  `![x](https://attack.example/track.png)`,
  `![x](data:image/svg+xml,<svg onload=alert(1)>)`,
  `![x" onerror="alert(1)](x)`,
  `[x]: javascript:alert(1)\n[x]`,
  `[x](https://a.example/"onmouseover="alert(1))`,
  '```"><script>alert(1)</script>\n<img src=x onerror=alert(1)>\n```',
  "`<img src=x onerror=alert(1)>`",
  "```html\n<script>alert(1)</script><img src=x onerror=alert(1)>\n```",
  "| <img src=x onerror=alert(1)> | b |\n| - | - |\n| <script>alert(1)</script> | [x](javascript:alert(1)) |",
  "|\u202e|\n|-|\n|a|",
  `${"| a ".repeat(300)}|\n${"|-".repeat(300)}|`,
  `|${"W".repeat(3000)}|\n|-|`,
  `## <img src=x onerror=alert(1)>`,
  `## ${"W".repeat(3000)}`,
  `||<img src=x onerror=alert(1)>||`,
  `#<img src=x onerror=alert(1)> #lobby"onclick="alert(1) #/lobby/1"onclick="alert(1)`,
  `**<img src=x onerror=alert(1)>**`,
  `> <img src=x onerror=alert(1)>`,
  `@<img src=x onerror=alert(1)>`,
  `:<img src=x onerror=alert(1)>:`,
  `{{constructor.constructor('alert(1)')()}} \${alert(1)} <%= alert(1) %>`,
  `&lt;script&gt;alert(1)&lt;/script&gt;`,
  `\u202Egnp.exe\u202E \u2066\u2067 evil`,
  `a${"\u0301".repeat(1300)}`,
  `${"\u0e49".repeat(1300)}`,
  `${"W".repeat(4000)}`,
  `${">".repeat(2000)}x`,
  `${"- ".repeat(1500)}x`,
  `${"[".repeat(2000)}`,
  `{"type":"message","room":"lobby","seq":1}`,
  `__proto__ constructor toString`,
];

/** Texts of many lines, which take the browser long to put into the message box as if they were typed. */
const LONG = ["a\n".repeat(8000), "- a\n".repeat(4000), "# a\n".repeat(4000)];

Deno.test({
  ignore: noBrowser,
  // The library keeps its pipes to the browser open a little longer than a test.
  sanitizeResources: false,
  sanitizeOps: false,
  name: "Whatever is written is shown as text: no alert, no request, no element of its own",
  async fn() {
    await using browser = await launch();
    await using hubbub = await Hubbub.start(["--data", ":memory:", "--rate", "0"]);
    const ann = await Visitor.arrive(browser, hubbub.url(), { name: "Ann" });
    const bob = await Visitor.arrive(browser, hubbub.url(), { name: "Bob" });
    const said = await ann.page.evaluateHandle(() => {
      const times: number[] = [];
      const observer = new MutationObserver(() => times.push(performance.now()));
      const live = document.querySelector(".unseen[aria-live]");
      if (live) observer.observe(live, { subtree: true, childList: true, characterData: true });
      return times;
    });
    for (const attack of ATTACKS) await bob.send(attack);
    const carl = new WebSocket(hubbub.url("/ws").replace("http", "ws"), "hubbub.v1");
    const sends = LONG.map((text, id) => ({ type: "send", room: "lobby", id: `long-${id}`, text }));
    carl.onopen = () =>
      carl.send(
        [{ type: "join", room: "lobby" }, ...sends].map((line) => JSON.stringify(line)).join("\n"),
      );
    await ann.page.getByRole("button", { name: "Show more" }).nth(2).waitFor();
    carl.close();
    await bob.send("after all of them");
    await ann.message("after all of them").waitFor();
    // A screen reader says one after the other: not all that many people write at once.
    const times = await said.evaluate((times) => times);
    assert(times.length > 0);
    const pauses = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    assert(Math.min(...pauses, Infinity) > 1_000, `said after ${Math.min(...pauses)} ms`);

    const log = ann.page.getByRole("log", { name: "Messages" });
    const allowed = new Set(
      ("div p span article time bdi button svg path circle rect line " +
        "a br strong em del code pre ul ol li blockquote h2 h3 table thead tbody tr th td")
        .split(" "),
    );
    for (let i = 0; i < 40; i++) {
      const found = await ann.page.evaluate(() => {
        const elements = [...document.querySelectorAll(".log *")];
        return {
          names: [...new Set(elements.map(({ localName }) => localName))],
          handlers: elements.flatMap((element) =>
            element.getAttributeNames().filter((name) => name.startsWith("on"))
          ),
          links: elements.flatMap((element) =>
            element instanceof HTMLAnchorElement ? [element.protocol] : []
          ),
          // Of a folded message the beginning alone is drawn: 8,000 lines took seconds.
          most: Math.max(
            ...Array.from(
              document.querySelectorAll(".log .text"),
              (text) => text.querySelectorAll("*").length,
            ),
          ),
          wider: document.documentElement.scrollWidth > innerWidth,
        };
      });
      assertEquals(found.names.filter((name) => !allowed.has(name)), []);
      assertEquals(found.handlers, []);
      assertEquals(found.links.filter((protocol) => !/^(https?|mailto):$/.test(protocol)), []);
      assert(found.most < 2000, `a text has ${found.most} elements`);
      assert(!found.wider, "a text made the page wider than the window");
      await log.press("PageUp");
      await ann.page.waitForTimeout(20);
    }
    // Text behind a bidi override stands as it was written, and marks stay within their message.
    await ann.page.getByRole("textbox", { name: "Message" }).press("Escape");
    await ann.message("after all of them").waitFor();
    assertEquals([ann.alerts, bob.alerts], [[], []]);
    assertEquals([ann.faults, bob.faults], [[], []]);
    const { host } = new URL(hubbub.url());
    assertEquals([...new Set([...ann.hosts, ...bob.hosts])], [host]);
    assertEquals(ann.page.url().startsWith(hubbub.url()), true);
  },
});

// Of the emoji and the texts in two languages, 45 kB, everybody loads one. The part for files has 24 kB, of
// which 14 kB are the library for tus; choosing a part of a picture has 2 kB, and what admins alone read 13 kB.
Deno.test("the page with all of its parts is at most 290 kB compressed", async () => {
  const folder = new URL("dist/page/", ROOT);
  let bytes = 0;
  const files = await readFiles(fileURLToPath(folder));
  for (const [path, { length }] of files) {
    if (/\.(?:br|gz)$/.test(path)) continue;
    bytes += files.get(`${path}.br`)?.length ?? length;
  }
  assert(bytes <= 290_000, `it has ${bytes} bytes`);
});

Deno.test("the first load is at most 90 kB compressed", async () => {
  const files = await readFiles(fileURLToPath(new URL("dist/page/", ROOT)));
  const html = new TextDecoder().decode(files.get("index.html"));
  const named = Array.from(html.matchAll(/ (?:src|href)="([^"]+)"/g), ([, path = ""]) => path);
  // Phones alone load that icon, and only to put the page on the home screen.
  const first = ["index.html", ...named.filter((path) => !path.endsWith(".png"))];
  const scripts = [...files.keys()].filter((path) => path.endsWith(".js"));
  assert(scripts.some((path) => !first.includes(path)), "all scripts are loaded first");
  const bytes = first.reduce(
    (sum, path) => sum + (files.get(`${path}.br`) ?? files.get(path) ?? { length: 0 }).length,
    0,
  );
  assert(first.length >= 5 && bytes <= 90_000, `${first} have ${bytes} bytes`);
});
