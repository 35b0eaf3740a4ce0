/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import { assert, assertEquals } from "../../testing/assert.ts";
import { noBrowser, sharedBrowser } from "../../testing/browser.ts";
import { Hubbub } from "../../testing/hubbub.ts";
import { Visitor } from "../../testing/page.ts";

const shared = sharedBrowser();

/** The library keeps its pipes to the browser open a little longer than a test. */
const options = { ignore: noBrowser, sanitizeResources: false, sanitizeOps: false };

Deno.test({
  ...options,
  name: "the page shows headings and tables, which scroll and are copied as such",
  async fn() {
    await using hubbub = await Hubbub.start(["--data", ":memory:"]);
    await using browser = shared();
    const ann = await Visitor.arrive(browser, hubbub.url(), { name: "Ann" });
    await ann.page.setViewportSize({ width: 360, height: 640 });
    const bob = await Visitor.arrive(browser, hubbub.url(), { name: "Bob" });
    const titles = Array.from({ length: 12 }, (_, i) => `column ${i}`).join(" | ");
    await bob.send(`## Prices\n| a | b |\n| - | -: |\n| tea | **5** |\n| x |\n`);
    await bob.send(`| ${titles} |\n|${"-|".repeat(12)}\n| wide |`);
    const log = ann.page.getByRole("log", { name: "Messages" });
    await log.getByRole("heading", { name: "Prices", level: 2 }).waitFor();
    const table = log.getByRole("table").first();
    await table.getByRole("columnheader", { name: "b" }).waitFor();
    await table.getByRole("cell", { name: "5" }).locator("strong").waitFor();
    const wide = log.getByRole("group", { name: "Table" }).last();
    await wide.getByRole("cell", { name: "wide" }).waitFor();
    const sizes = await wide.evaluate((element) => ({
      scrolls: element.scrollWidth > element.clientWidth,
      isWithin: document.documentElement.scrollWidth <= innerWidth,
      isReached: element.tabIndex === 0,
    }));
    assertEquals(sizes, { scrolls: true, isWithin: true, isReached: true });
    const copied = await table.evaluate((element) => {
      getSelection()?.selectAllChildren(element);
      return String(getSelection());
    });
    assertEquals(copied.trim().split("\n").slice(0, 2), ["a\tb", "tea\t5"]);
    // On paper tables are whole, and messages have their authors.
    await ann.page.emulateMedia({ media: "print" });
    assertEquals(await wide.evaluate((element) => getComputedStyle(element).overflowX), "visible");
    await log.getByText("Bob", { exact: true }).first().waitFor();
    assertEquals([ann.faults, bob.faults], [[], []]);
  },
});

Deno.test({
  ...options,
  name: "the page hides spoilers until they are opened, by click or by key",
  async fn() {
    await using hubbub = await Hubbub.start(["--data", ":memory:"]);
    await using browser = shared();
    const ann = await Visitor.arrive(browser, hubbub.url(), { name: "Ann" });
    const bob = await Visitor.arrive(browser, hubbub.url(), { name: "Bob" });
    await bob.send("it ends: ||he **wakes** up, see https://a.example/x||");
    const message = ann.message("it ends");
    const spoiler = message.getByRole("button", { name: "Show spoiler" });
    await spoiler.waitFor();
    const spoken = ann.page.locator(".unseen[aria-live]");
    assertEquals(await spoken.innerText(), "Bob: it ends: (spoiler)");
    assertEquals(await message.getByText("wakes").count(), 0);
    const hidden = await spoiler.evaluate((element) => {
      getSelection()?.selectAllChildren(element.closest(".text") ?? element);
      const { color, userSelect } = getComputedStyle(element);
      return { color, userSelect, copied: String(getSelection()).trim() };
    });
    assertEquals(hidden, { color: "rgba(0, 0, 0, 0)", userSelect: "none", copied: "it ends:" });
    await spoiler.press("Enter");
    await spoiler.waitFor({ state: "detached" });
    await message.getByRole("link", { name: "https://a.example/x" }).waitFor();
    assertEquals(await spoken.innerText(), "he wakes up, see https://a.example/x");
    assertEquals(await ann.page.evaluate(() => document.activeElement?.className), "spoiler");

    // It stays open when the log is drawn again; each one is hidden separately.
    await bob.send("also ||hidden||");
    await ann.message("also").getByRole("button", { name: "Show spoiler" }).click();
    await ann.page.locator(".spoiler", { hasText: /^hidden$/ }).waitFor();
    await ann.go("garden");
    await ann.go("lobby");
    await ann.message("also").waitFor();
    assertEquals(await ann.page.getByRole("button", { name: "Show spoiler" }).count(), 0);
    assertEquals([ann.faults, bob.faults], [[], []]);
  },
});

Deno.test({
  ...options,
  name: "the page links rooms that it knows, and messages of this chat, within itself",
  async fn() {
    await using hubbub = await Hubbub.start(["--data", ":memory:"]);
    await using browser = shared();
    const ann = await Visitor.arrive(browser, hubbub.url(), { name: "Ann" });
    await ann.go("garden");
    await ann.send("first in the garden");
    await ann.allSent();
    await ann.go("lobby");
    await ann.send(
      `see #garden, not #nowhere, ${hubbub.url()}#/garden/1 https://a.example/#/garden`,
    );
    await ann.allSent();
    const links = await ann.message("not #nowhere").getByRole("link").evaluateAll((all) =>
      all.map((link) => [link.textContent, link.getAttribute("href"), link.getAttribute("target")])
    );
    assertEquals(links, [
      ["#garden", "#/garden", null],
      [`${hubbub.url()}#/garden/1`, "#/garden/1", null],
      ["https://a.example/#/garden", "https://a.example/#/garden", "_blank"],
    ]);
    await ann.message("not #nowhere").getByRole("link", { name: "#garden", exact: true }).click();
    await ann.title("garden").waitFor();
    await ann.message("first in the garden").waitFor();
    assertEquals(ann.faults, []);
  },
});

Deno.test({
  ...options,
  name: "the page highlights code of a known language, and loads the highlighter only then",
  async fn() {
    await using hubbub = await Hubbub.start(["--data", ":memory:"]);
    await using browser = shared();
    const ann = await Visitor.arrive(browser, hubbub.url());
    const loaded: string[] = [];
    ann.page.on("request", (request) => loaded.push(new URL(request.url()).pathname));
    await ann.takeName("Ann");
    await ann.send("```\nno language\n```");
    await ann.message("no language").waitFor();
    assertEquals(loaded.filter((path) => path.includes("languages")), []);
    const long = "let a = 1;\n".repeat(400);
    await ann.send("```js\n" + long + "```");
    await ann.send("```nothing-such\nlet b;\n```");
    await ann.send("```js\nlet c = `<b>`; // 你好\n```");
    const code = ann.message("你好").locator("code");
    await code.locator(".code-comment").waitFor();
    assertEquals(await code.locator(".code-keyword").allInnerTexts(), ["let"]);
    assertEquals(await code.innerText(), "let c = `<b>`; // 你好");
    assertEquals(loaded.filter((path) => path.includes("languages")).length, 1);
    assertEquals(await ann.page.locator("[class^=code-]").count(), 3);
    assert(
      await ann.page.locator(".log [style]").evaluateAll((all) =>
        all.every((element) => element.className === "space" || !element.closest(".text"))
      ),
    );
    assertEquals(ann.faults, []);
  },
});

Deno.test({
  ...options,
  name: "the page names the new markup in its help, in both languages",
  async fn() {
    await using hubbub = await Hubbub.start(["--data", ":memory:"]);
    await using browser = shared();
    for (const [locale, heading] of [["en-US", "## heading"], ["zh-CN", "## 标题"]] as const) {
      const { page } = await Visitor.arrive(browser, hubbub.url(), { locale });
      await page.locator(".welcome").waitFor();
      await page.keyboard.press("Control+/");
      const help = page.getByRole("dialog");
      await help.getByText(heading, { exact: true }).waitFor();
      await help.getByText("||").first().waitFor();
      await help.getByText("| - | - |").waitFor();
      await help.getByText("```js").waitFor();
    }
  },
});
