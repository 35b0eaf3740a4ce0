/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import { assertEquals } from "../../testing/assert.ts";
import { checkLooks } from "../../testing/axe.ts";
import { launch, noBrowser } from "../../testing/browser.ts";
import { Hubbub } from "../../testing/hubbub.ts";
import { Visitor } from "../../testing/page.ts";

/** The library keeps its pipes to the browser open a little longer than a test. */
const options = { ignore: noBrowser, sanitizeResources: false, sanitizeOps: false };

Deno.test({
  ...options,
  name: "Do not disturb silences all devices of a person until it is turned off",
  async fn() {
    await using hubbub = await Hubbub.start(["--data", ":memory:"]);
    await using browser = await launch();
    const look = { reducedMotion: "reduce", bypassCSP: true } as const;
    const ann = await Visitor.arrive(browser, hubbub.url(), { name: "Ann", ...look });
    const bob = await Visitor.arrive(browser, hubbub.url(), { name: "Bob" });
    const { page } = ann;
    const faults: string[] = [];
    const cookies = await page.context().cookies();
    const phoneContext = await browser.newContext({ locale: "en-US" });
    await phoneContext.addCookies(cookies);
    const phone = await phoneContext.newPage();
    await phone.goto(hubbub.url());
    // Both look at another room than the one that is written to.
    await ann.go("garden");
    await ann.send("beans");
    await phone.locator("#composer").waitFor();
    await phone.evaluate(`location.hash = "#/garden"`);
    for (const each of [page, phone]) await each.getByText("beans").waitFor();
    const titleOf = (of: typeof page, count: number) =>
      of.waitForFunction((wanted) => document.title.startsWith(wanted), count ? `(${count}) ` : "");
    await bob.send("one");
    for (const each of [page, phone]) await titleOf(each, 1);

    await page.getByRole("button", { name: "Settings" }).click();
    const group = page.getByRole("group", { name: "Do not disturb" });
    await checkLooks(page, "off", faults);
    await group.getByRole("button", { name: "1 hour" }).press("Enter");
    // In the last hour of a day it ends on the next one.
    await group.getByText(/^On\. It ends (at|on) /).waitFor();
    await group.getByRole("button", { name: "Turn off" }).and(page.locator(":focus")).waitFor();
    await checkLooks(page, "on", faults);
    for (const each of [page, phone]) {
      await each.waitForFunction(() => !document.title.startsWith("("));
      await each.getByRole("button", { name: "Do not disturb is on" }).waitFor({
        state: "attached",
      });
    }
    await bob.send("two");
    // Mentions and replies have a count of the same.
    const rooms = phone.getByRole("list", { name: "Rooms" });
    await rooms.getByRole("img", { name: "2 unread messages" }).waitFor();
    assertEquals(await phone.title(), (await phone.title()).replace(/^\(\d+\) /, ""));

    // It is the server that keeps it, and another device may end it.
    await page.reload();
    await page.getByRole("button", { name: "Do not disturb is on" }).waitFor();
    await phone.getByRole("button", { name: "Settings" }).click();
    await phone.getByRole("button", { name: "Turn off" }).click();
    for (const each of [page, phone]) {
      await each.getByRole("button", { name: "Do not disturb is on" }).waitFor({
        state: "detached",
      });
    }
    await titleOf(phone, 2);
    assertEquals([faults, ann.faults], [[], []]);
  },
});
