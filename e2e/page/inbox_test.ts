/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import { assertEquals } from "../../testing/assert.ts";
import { checkLooks } from "../../testing/axe.ts";
import { noBrowser, sharedBrowser } from "../../testing/browser.ts";
import { Hubbub } from "../../testing/hubbub.ts";
import { fill, Visitor } from "../../testing/page.ts";

const shared = sharedBrowser();

/** The library keeps its pipes to the browser open a little longer than a test. */
const options = { ignore: noBrowser, sanitizeResources: false, sanitizeOps: false };

Deno.test({
  ...options,
  name: "Mentions lists the messages of all rooms that mention a person, and opens each",
  async fn() {
    await using hubbub = await Hubbub.start(["--data", ":memory:", "--rate", "0"]);
    await using browser = shared();
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

Deno.test({
  ...options,
  name: "Mentions and replies lists replies to a person, says which is which, and counts them",
  async fn() {
    await using hubbub = await Hubbub.start(["--data", ":memory:", "--rate", "0"]);
    await using browser = shared();
    const look = { reducedMotion: "reduce", bypassCSP: true } as const;
    const ann = await Visitor.arrive(browser, hubbub.url(), { name: "Ann", ...look });
    const bob = await Visitor.arrive(browser, hubbub.url(), { name: "Bob", ...look });
    await ann.send("Who brings the cake?");
    await ann.allSent();
    await ann.go("tea");
    const question = bob.message("Who brings the cake?").first();
    for (const text of ["I do, ||with nuts||", "Or you, @Ann?"]) {
      await question.hover();
      await question.getByRole("toolbar", { name: "Message actions" })
        .getByRole("button", { name: "Reply", exact: true }).click();
      await bob.page.getByText("Replying to Ann").waitFor();
      await bob.send(text);
      await bob.page.getByText("Replying to Ann").waitFor({ state: "detached" });
    }
    await bob.allSent();
    const link = ann.page.getByRole("link", { name: /^Mentions and replies/ });
    await link.getByLabel("2 unread messages").waitFor();

    await link.press("Enter");
    const entries = ann.page.getByRole("dialog", { name: "Mentions and replies" })
      .getByRole("link");
    await entries.nth(1).waitFor();
    assertEquals(await entries.count(), 2);
    await entries.filter({ hasText: /Bob *mentioned you.*Or you, @Ann\?/ }).waitFor();
    await entries.filter({ hasText: /Bob *replied to you.*I do, \(spoiler\)/ }).waitFor();
    const found: string[] = [];
    await checkLooks(ann.page, "mentions and replies", found);

    // The same person on a phone, in Chinese.
    const phone = await Visitor.arrive(browser, hubbub.url(), {
      ...{ ...look, locale: "zh-CN", viewport: { width: 360, height: 640 }, hasTouch: true },
      storageState: await ann.page.context().storageState(),
    });
    await phone.page.locator(".room-header .drawer-only").click();
    await phone.page.getByRole("link", { name: /^提及与回复/ }).click();
    const list = phone.page.getByRole("dialog", { name: "提及与回复" });
    await list.getByRole("link").filter({ hasText: /Bob *提到了你.*Or you, @Ann\?/ }).waitFor();
    await list.getByRole("link").filter({ hasText: /Bob *回复了你.*I do, （剧透）/ }).waitFor();
    await checkLooks(phone.page, "mentions and replies in Chinese", found);
    assertEquals(found, []);

    // New entries appear while it is open, and deleted ones disappear.
    await bob.send("And again, @Ann");
    await entries.filter({ hasText: "And again, @Ann" }).waitFor();
    const gone = bob.message("Or you, @Ann?");
    await gone.hover();
    await gone.getByRole("toolbar").getByRole("button", { name: "Delete", exact: true }).click();
    await bob.page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
    await entries.filter({ hasText: "Or you" }).waitFor({ state: "detached" });
    assertEquals(await entries.count(), 2);
    // So does what was missed without a connection.
    await ann.page.context().setOffline(true);
    await bob.send("Offline, @Ann?");
    await bob.allSent();
    await ann.page.context().setOffline(false);
    await entries.filter({ hasText: "Offline, @Ann?" }).waitFor();

    // The message that an entry opens is then read, and no longer counted.
    await entries.filter({ hasText: "I do" }).press("Enter");
    await ann.title("lobby").waitFor();
    await link.getByRole("img").waitFor({ state: "detached" });
    assertEquals([ann, bob, phone].flatMap(({ faults }) => faults), []);
  },
});
