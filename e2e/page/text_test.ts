/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import { AS_TYPED } from "../../static/text_corpus.ts";
import { assert, assertEquals } from "../../testing/assert.ts";
import { noBrowser, sharedBrowser } from "../../testing/browser.ts";
import { Hubbub } from "../../testing/hubbub.ts";
import { Visitor } from "../../testing/page.ts";

const shared = sharedBrowser();

/** The library keeps its pipes to the browser open a little longer than a test. */
const options = { ignore: noBrowser, sanitizeResources: false, sanitizeOps: false };

Deno.test({
  ...options,
  name: "the page shows ordinary lines as typed, sent with Enter whatever is suggested",
  async fn() {
    await using hubbub = await Hubbub.start(["--data", ":memory:", "--rate", "0"]);
    await using browser = shared();
    const ann = await Visitor.arrive(browser, hubbub.url(), {
      name: "Ann",
      viewport: { width: 1400, height: 9000 },
    });
    const typed = ["haha :dd", "hi @An", "007. Bond", "2. do this\n4. yes", ...AS_TYPED]
      .map((text) => text.trimEnd());
    for (const text of typed) await ann.send(text);
    await ann.allSent();
    await ann.page.getByRole("log").press("End");
    await ann.messages.last().getByText(typed.at(-1) ?? "", { exact: true }).waitFor();
    const shown = await ann.texts();
    const changed = typed.slice(-shown.length).map((text, i) => [text, shown[i]])
      .filter(([text, seen]) => text !== seen);
    assertEquals(changed, []);
    assert(shown.length > 100);
    assertEquals(ann.faults, []);
  },
});

Deno.test({
  ...options,
  name: "the page folds a very long message, and shows emoji alone big",
  async fn() {
    await using hubbub = await Hubbub.start(["--data", ":memory:", "--rate", "0"]);
    await using browser = shared();
    const ann = await Visitor.arrive(browser, hubbub.url(), { name: "Ann" });
    const height = async () =>
      (await ann.page.locator(".row").filter({ hasText: "line 0" }).boundingBox())?.height ?? 0;
    await ann.send(Array.from({ length: 300 }, (_, i) => `line ${i}`).join("\n"));
    await ann.allSent();
    const folded = await height();
    assert(folded < 600, `it is ${folded} px high`);
    await ann.page.getByRole("button", { name: "Show more" }).click();
    await ann.page.getByRole("button", { name: "Show less" }).waitFor();
    assert(await height() > 3_000);
    await ann.page.getByRole("button", { name: "Show less" }).click();
    await ann.page.getByRole("button", { name: "Show more" }).waitFor();
    assertEquals(await height(), folded);

    for (const emoji of ["🇩🇪", "👩‍👧‍👦", "1️⃣", "👍🏽", ":tada:"]) await ann.send(emoji);
    await ann.allSent();
    assertEquals(await ann.page.locator(".text.big").count(), 5);
  },
});

Deno.test({
  ...options,
  name: "the page keeps lines from right to left on one side, near their author",
  async fn() {
    await using hubbub = await Hubbub.start(["--data", ":memory:", "--rate", "0"]);
    await using browser = shared();
    const ann = await Visitor.arrive(browser, hubbub.url(), { name: "Ann" });
    await ann.send("- פריט אחד\n- פריט שני");
    await ann.send("> ציטוט");
    await ann.send("שלום `let a = 1;`");
    await ann.send("مرحبا بالجميع");
    await ann.allSent();
    const sides = await ann.page.evaluate(() => {
      const style = (selector: string) => {
        const element = document.querySelector(selector);
        if (!element) throw new Error(`there is no ${selector}`);
        return getComputedStyle(element);
      };
      const author = document.querySelector(".author")?.getBoundingClientRect().left ?? 0;
      return {
        item: style(".text li").direction,
        bar: style(".text blockquote").borderRightWidth,
        noBar: style(".text blockquote").borderLeftWidth,
        code: style(".text p code").direction,
        far: [...document.querySelectorAll(".text")]
          .map((text) => text.getBoundingClientRect().right - author).filter((px) => px > 300),
      };
    });
    assertEquals(sides, { item: "rtl", bar: "3px", noBar: "0px", code: "ltr", far: [] });

    // A mark of direction before a link, or before code, turns neither round.
    await ann.send("see \u202ehttps://evil.example/x/moc.doog//:sptth `moc.doog`");
    await ann.allSent();
    const firstIsLeft = await ann.page.evaluate(() =>
      [...document.querySelectorAll(".text p:has(> a) > :is(a, code)")].map(({ firstChild }) => {
        const left = (index: number) => {
          const range = document.createRange();
          if (!firstChild) throw new Error("there is no text");
          range.setStart(firstChild, index);
          range.setEnd(firstChild, index + 1);
          return range.getBoundingClientRect().left;
        };
        return left(0) < left(5);
      })
    );
    assertEquals(firstIsLeft, [true, true]);
  },
});
