/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import { checkLooks } from "../../testing/axe.ts";
import { assertEquals } from "../../testing/assert.ts";
import { noBrowser, sharedBrowser } from "../../testing/browser.ts";
import { Hubbub } from "../../testing/hubbub.ts";
import { Visitor } from "../../testing/page.ts";

const shared = sharedBrowser();

/** The library keeps its pipes to the browser open a little longer than a test. */
const options = { ignore: noBrowser, sanitizeResources: false, sanitizeOps: false };

Deno.test({
  ...options,
  name: "the page completes names of those who are away by any part, and @room",
  async fn() {
    await using hubbub = await Hubbub.start(["--data", ":memory:"]);
    await using browser = shared();
    const zoe = await Visitor.arrive(browser, hubbub.url(), { name: "Zoë Lee" });
    await zoe.leave();
    const ann = await Visitor.arrive(browser, hubbub.url(), { name: "Ann", bypassCSP: true });
    await ann.page.getByRole("list", { name: "People" }).getByText("Zoë Lee")
      .waitFor({ state: "detached" });
    await ann.box.pressSequentially("hi @le");
    const option = ann.page.getByRole("option", { name: "Zoë Lee" });
    await option.waitFor();
    assertEquals(await option.locator(".avatar").getAttribute("data-letters"), "ZL");
    const found: string[] = [];
    await checkLooks(ann.page, "suggestions", found);
    assertEquals(found, []);
    await ann.box.press("Tab");
    assertEquals(await ann.box.inputValue(), "hi @Zoë Lee ");
    await option.waitFor({ state: "detached" });
    await ann.box.press("Enter");
    const mention = ann.message("hi @Zoë Lee").locator(".mention");
    await mention.getByText("@Zoë Lee", { exact: true }).waitFor();

    // A page opened later knows only Zoë's id, until it asks for the members.
    const eve = await Visitor.arrive(browser, hubbub.url());
    await eve.page.locator(".mention").getByText("@Zoë Lee", { exact: true }).waitFor();
    await eve.leave();

    await ann.send("and @nobody, @zoë");
    await ann.allSent();
    assertEquals(await ann.message("and @nobody").locator(".mention").count(), 0);

    await ann.box.pressSequentially("@roo");
    await ann.page.getByRole("option", { name: "room all members of the room" }).waitFor();
    // Enter sends what was typed, whatever is suggested.
    await ann.box.press("ArrowDown");
    await ann.box.press("Enter");
    assertEquals(await ann.box.inputValue(), "@room ");
    await ann.box.press("Enter");
    await ann.messages.last().locator(".mention").getByText("@room", { exact: true }).waitFor();
    assertEquals(ann.faults, []);
  },
});

Deno.test({
  ...options,
  name: "the page offers no @room to guests, and keeps closed suggestions closed",
  async fn() {
    await using hubbub = await Hubbub.start(["--data", ":memory:"]);
    await using browser = shared();
    const bob = await Visitor.arrive(browser, hubbub.url(), { name: "Bob" });
    await bob.send("here I am");
    await bob.allSent();
    const { page, box } = await Visitor.arrive(browser, hubbub.url());
    await page.locator(".message").waitFor();
    await box.pressSequentially("@");
    await page.getByRole("option", { name: "Bob" }).waitFor();
    assertEquals(await page.getByRole("option", { name: "room" }).count(), 0);
    await box.press("Escape");
    await page.getByRole("option").first().waitFor({ state: "detached" });
    await box.pressSequentially("b");
    await page.getByRole("option", { name: "Bob" }).waitFor();
  },
});
