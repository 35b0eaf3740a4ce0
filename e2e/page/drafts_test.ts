/// <reference lib="dom" />
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
  name: "The next person at a browser does not see the former one's draft",
  async fn() {
    await using hubbub = await Hubbub.start(["--data", ":memory:"]);
    await using browser = shared();
    const ann = await Visitor.arrive(browser, hubbub.url(), { name: "Ann" });
    const { page } = ann;
    await ann.box.fill("for Ann's eyes");
    await page.reload();
    await page.locator(".me", { hasText: "Ann" }).waitFor();
    assertEquals(await ann.box.inputValue(), "for Ann's eyes");

    // The session has ended elsewhere; only the server knows.
    await page.context().clearCookies();
    await page.reload();
    await page.locator(".me", { hasText: "guest-" }).waitFor();
    assertEquals(await ann.box.inputValue(), "");
    await ann.box.fill("a guest's");
    await page.reload();
    await page.locator(".me", { hasText: "guest-" }).waitFor();
    assertEquals(await ann.box.inputValue(), "a guest's");

    // A page that the browser has kept aside is not told when another one ends the session.
    const loaded = page.waitForEvent("load");
    await page.evaluate(() => {
      localStorage.removeItem("hubbub.owner");
      dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true }));
    });
    await loaded;
    await page.locator(".me", { hasText: "guest-" }).waitFor();
    assertEquals(ann.faults, []);
  },
});

Deno.test({
  ...options,
  name: "rooms with an unsent draft are marked in the list and the switcher, also after a reload",
  async fn() {
    await using hubbub = await Hubbub.start(["--data", ":memory:"]);
    await using browser = shared();
    const ann = await Visitor.arrive(browser, hubbub.url(), { name: "Ann", bypassCSP: true });
    const { page } = ann;
    await ann.go("garden");
    await ann.box.fill("half a thought");
    await ann.go("reading");
    await ann.box.fill("   ");
    await ann.go("lobby");
    const rooms = page.getByRole("list", { name: "Rooms" });
    const marked = rooms.getByRole("link", { name: "garden Unsent draft" });
    await marked.waitFor();
    await page.reload();
    await page.locator(".me", { hasText: "Ann" }).waitFor();
    await marked.waitFor();
    assertEquals(await rooms.getByLabel("Unsent draft").count(), 1);
    const found: string[] = [];
    await checkLooks(page, "a draft in the list", found);
    assertEquals(found, []);

    await page.keyboard.press("Control+k");
    await page.getByRole("option", { name: /garden.*Unsent draft/ }).waitFor();
    await page.keyboard.press("Escape");

    // If the list is in a drawer, its button shows the mark.
    await page.setViewportSize({ width: 360, height: 640 });
    await page.getByRole("button", { name: "Show rooms, 1 unsent draft" }).click();
    await marked.click();
    await ann.title("garden").waitFor();
    await page.getByRole("button", { name: "Show rooms", exact: true }).waitFor();
    assertEquals(await ann.box.inputValue(), "half a thought");
    await ann.box.fill("");
    await ann.go("lobby");
    await page.getByRole("button", { name: "Show rooms", exact: true }).click();
    await rooms.getByRole("link", { name: "garden", exact: true }).waitFor();
    assertEquals(ann.faults, []);
  },
});
