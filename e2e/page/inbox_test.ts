/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import { assertEquals } from "../../testing/assert.ts";
import { checkLooks } from "../../testing/axe.ts";
import { launch, noBrowser } from "../../testing/browser.ts";
import { Hubbub } from "../../testing/hubbub.ts";
import { fill, Visitor } from "../../testing/page.ts";

/** The library keeps its pipes to the browser open a little longer than a test. */
const options = { ignore: noBrowser, sanitizeResources: false, sanitizeOps: false };

Deno.test({
  ...options,
  name: "Mentions lists what mentions a person in all rooms, and leads to each message",
  async fn() {
    await using hubbub = await Hubbub.start(["--data", ":memory:", "--rate", "0"]);
    await using browser = await launch();
    const ann = await Visitor.arrive(browser, hubbub.url(), { name: "Ann", bypassCSP: true });
    const bob = await Visitor.arrive(browser, hubbub.url(), { name: "Bob" });
    const link = ann.page.getByRole("link", { name: /^Mentions/ });
    const dialog = ann.page.getByRole("dialog", { name: "Mentions" });
    await link.press("Enter");
    await dialog.getByText("Nobody has mentioned you yet").waitFor();
    await ann.page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });

    await bob.go("garden");
    await bob.send("The beans are ripe, @Ann");
    await bob.allSent();
    await fill(hubbub, 300, { room: "garden" });
    await ann.send("read");
    await ann.allSent();
    await bob.go("lobby");
    await bob.message("read").waitFor();
    await ann.go("tea");
    await bob.send("@Ann, tea?");
    await link.getByLabel("1 unread message").waitFor();

    await link.click();
    const entries = dialog.getByRole("link");
    await entries.nth(1).waitFor();
    assertEquals(await entries.locator(".inbox-text").allInnerTexts(), [
      "@Ann, tea?",
      "The beans are ripe, @Ann",
    ]);
    assertEquals(await dialog.getByText("Unread").count(), 1);
    const found: string[] = [];
    await checkLooks(ann.page, "mentions", found);
    assertEquals(found, []);
    // A message that is not loaded, in a room that was never opened here.
    await entries.nth(1).click();
    await ann.title("garden").waitFor();
    await ann.page.waitForFunction(() =>
      document.activeElement?.querySelector(".text")?.textContent === "The beans are ripe, @Ann"
    );
    await link.click();
    await entries.first().press("Enter");
    await ann.title("lobby").waitFor();
    await ann.page.waitForFunction(() =>
      document.activeElement?.querySelector(".text")?.textContent === "@Ann, tea?"
    );
    await link.getByRole("img").waitFor({ state: "detached" });
    assertEquals([...ann.faults, ...bob.faults], []);
  },
});
