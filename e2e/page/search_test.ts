/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
/** The search view of the page. */
import { assertEquals } from "../../testing/assert.ts";
import { checkLooks, faultsOf } from "../../testing/axe.ts";
import { launch, noBrowser } from "../../testing/browser.ts";
import { Hubbub } from "../../testing/hubbub.ts";
import { Visitor } from "../../testing/page.ts";

/** The library keeps its pipes to the browser open a little longer than a test. */
const options = { ignore: noBrowser, sanitizeResources: false, sanitizeOps: false };

Deno.test({
  ...options,
  name: "Messages are found by keyboard, with their room, author and words, in both languages",
  async fn() {
    await using hubbub = await Hubbub.start(["--data", ":memory:"]);
    await using browser = await launch();
    const look = { reducedMotion: "reduce", bypassCSP: true } as const;
    const ann = await Visitor.arrive(browser, hubbub.url(), { name: "Ann", ...look });
    const bob = await Visitor.arrive(browser, hubbub.url(), { name: "Bob" });
    const { page } = ann;
    const faults: string[] = [];
    await bob.send("We deploy tonight ||or never||");
    await bob.send("今晚去上海");
    await bob.go("tea");
    await bob.createIfAsked();
    await bob.send("Deployed? Deploy again!");
    await bob.allSent();
    await ann.message("今晚去上海").waitFor();

    await page.keyboard.press("ControlOrMeta+f");
    const field = page.getByRole("searchbox", { name: "Search messages" });
    await field.waitFor();
    await page.getByRole("heading", { name: "What you can search for" }).waitFor();
    await checkLooks(page, "empty", faults);
    await page.keyboard.type("deploy");
    const found = page.getByRole("list", { name: "Messages found" }).getByRole("listitem");
    await found.nth(1).waitFor();
    // A spoiler is hidden here, too.
    assertEquals(await found.getByText("never").count(), 0);
    assertEquals(await found.getByText("███").count(), 1);
    assertEquals(
      await found.locator("mark").allTextContents(),
      ["Deploy", "deploy"],
    );
    assertEquals(await found.locator("bdi").allTextContents(), ["Bob", "#tea", "Bob", "#lobby"]);
    await page.getByRole("status").getByText("2 messages").waitFor();
    await checkLooks(page, "found", faults);

    // Only here; a part of a Chinese text; nothing.
    await page.getByRole("checkbox", { name: "Only in #lobby" }).check();
    await page.getByRole("status").getByText("1 message", { exact: true }).waitFor();
    assertEquals(await found.count(), 1);
    await field.fill("上海");
    await found.getByText("今晚去").waitFor();
    assertEquals(await found.locator("mark").allTextContents(), ["上海"]);
    await field.fill('from:bob "nothing like this"');
    await page.getByText("No message has all of this.").waitFor();
    await checkLooks(page, "nothing", faults);

    // The last query is still there, selected, so that typing replaces it.
    await field.fill("tonight");
    await found.getByText("We deploy").waitFor();
    await page.keyboard.press("Escape");
    await field.waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Search", exact: true }).click();
    assertEquals(await field.inputValue(), "tonight");
    // It is asked for again: what was found may be deleted.
    await found.waitFor();
    await page.keyboard.type("deploy");
    assertEquals(await field.inputValue(), "deploy");
    // A second press is the browser's own: the page leaves it alone.
    const isPrevented = page.evaluate(() =>
      new Promise((resolve) =>
        addEventListener("keydown", (event) => resolve(event.defaultPrevented), { once: true })
      )
    );
    await page.keyboard.press("ControlOrMeta+f");
    assertEquals(await isPrevented, false);
    await page.keyboard.press("Escape");
    await page.locator(".room-header button:focus").waitFor();

    // A message is a link to its place, in another room too.
    await page.getByRole("button", { name: "Search", exact: true }).click();
    await page.getByRole("checkbox", { name: "Only in #lobby" }).uncheck();
    await field.fill("deployed");
    await found.getByText("again").click();
    await ann.title("tea").waitFor();
    await ann.message("Deployed? Deploy again!").waitFor();
    assertEquals(new URL(page.url()).hash, "#/tea/1");

    // On a phone, in Chinese.
    const li = await Visitor.arrive(browser, hubbub.url(), {
      ...{ ...look, locale: "zh-CN", viewport: { width: 360, height: 640 } },
      hasTouch: true,
    });
    await li.page.getByRole("button", { name: "搜索", exact: true }).click();
    await li.page.getByRole("heading", { name: "搜索方法" }).waitFor();
    await li.page.getByRole("searchbox", { name: "搜索消息" }).fill("上海");
    await li.page.getByRole("list", { name: "找到的消息" }).getByRole("listitem").waitFor();
    faults.push(...await faultsOf(li.page));
    assertEquals(faults, []);
  },
});
