/// <reference lib="dom" />
import { assertEquals } from "../../testing/assert.ts";
import { launch, noBrowser } from "../../testing/browser.ts";
import { Hubbub } from "../../testing/hubbub.ts";
import { Visitor } from "../../testing/page.ts";

/** The library keeps its pipes to the browser open a little longer than a test. */
const options = { ignore: noBrowser, sanitizeResources: false, sanitizeOps: false };

Deno.test({
  ...options,
  name: "The next person at a browser does not see the former one's draft",
  async fn() {
    await using hubbub = await Hubbub.start(["--data", ":memory:"]);
    await using browser = await launch();
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
    assertEquals(ann.faults, []);
  },
});
