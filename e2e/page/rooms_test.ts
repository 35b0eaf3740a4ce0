/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import { assert, assertEquals } from "../../testing/assert.ts";
import { noBrowser, sharedBrowser } from "../../testing/browser.ts";
import { Hubbub } from "../../testing/hubbub.ts";
import { joinPlain, Visitor } from "../../testing/page.ts";

const shared = sharedBrowser();

/** The library keeps its pipes to the browser open a little longer than a test. */
const options = { ignore: noBrowser, sanitizeResources: false, sanitizeOps: false };

Deno.test({
  ...options,
  name: "The switcher opens the best hit, moves with arrows, creates only by its last line",
  async fn() {
    await using hubbub = await Hubbub.start(["--data", ":memory:"]);
    await using browser = shared();
    using others = new DisposableStack();
    for (const room of ["engineering", "big-engines", "garden"]) {
      others.use(await joinPlain(hubbub, room, `Bob in ${room}`));
    }
    const ann = await Visitor.arrive(browser, hubbub.url(), { name: "Ann" });
    const { page } = ann;
    const options = page.getByRole("option");
    const chosen = page.getByRole("option", { selected: true });
    const dialog = page.getByRole("dialog");
    async function size(): Promise<number[]> {
      return await dialog.evaluate(async (element) => {
        await Promise.all(element.getAnimations().map(({ finished }) => finished));
        const { left, top, width, height } = element.getBoundingClientRect();
        return [left, top, width, height];
      });
    }

    await page.keyboard.press("Control+k");
    await options.nth(3).waitFor();
    const before = await size();
    await page.keyboard.type("eng");
    await page.getByText("Create #eng").waitFor();
    assertEquals(
      (await options.allInnerTexts()).map((text) => text.split(/[\n,]/)[0]),
      ["engineering", "big-engines", "Create #eng"],
    );
    assertEquals(await size(), before);
    await page.keyboard.press("ArrowDown");
    assert((await chosen.innerText()).startsWith("big-engines"));
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("ArrowUp");
    assertEquals(await chosen.innerText(), "Create #eng");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "engineering" }).waitFor();
    await page.waitForFunction(() => document.activeElement?.id === "composer");
    assertEquals(await page.getByRole("list", { name: "Rooms" }).getByRole("link").count(), 2);

    await page.keyboard.press("Control+k");
    await page.keyboard.type("#Engineering");
    await chosen.getByText("Joined").waitFor({ state: "attached" });
    await page.keyboard.press("Control+a");
    await page.keyboard.type("no-such-room");
    await page.getByText("No matching room.").waitFor();
    assertEquals(await chosen.innerText(), "Create #no-such-room");
    await page.keyboard.press("Control+a");
    await page.keyboard.type("what?");
    await dialog.getByText("Use up to 64").waitFor();
    assertEquals(await options.count(), 0);
    assertEquals(await size(), before);
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    assertEquals(ann.faults, []);
  },
});

Deno.test({
  ...options,
  name: "A link to a room that does not exist asks, offers the one that was meant, and makes none",
  async fn() {
    await using hubbub = await Hubbub.start(["--data", ":memory:"]);
    await using browser = shared();
    using bob = await joinPlain(hubbub, "engineering", "Bob");
    const ann = await Visitor.arrive(browser, hubbub.url(), { name: "Ann" });
    const { page } = ann;
    const rooms = page.getByRole("list", { name: "Rooms" }).getByRole("link");

    await page.evaluate(`location.hash = "#/enginering"`);
    await page.getByText("There is no room #enginering yet.").waitFor();
    await page.waitForFunction(`document.title.startsWith("There is no room #enginering yet.")`);
    const button = (name: string) => page.getByRole("button", { name, exact: true });
    await button("#engineering").waitFor();
    assertEquals(await button("#enginering").count(), 0);
    assertEquals([await ann.box.count(), await rooms.count()], [0, 1]);
    await page.getByRole("button", { name: "Back to #lobby" }).click();
    await page.getByRole("heading", { name: "lobby" }).waitFor();
    await page.evaluate("history.back()");
    await button("#engineering").click();
    await page.getByRole("heading", { name: "engineering" }).waitFor();
    await ann.send("hello");
    await bob.received("hello");

    // Nobody was left in the room that does not exist. The server's list of rooms may be a little older.
    const eve = await Visitor.arrive(browser, hubbub.url(), { name: "Eve" });
    await eve.page.evaluate(`location.hash = "#/enginering"`);
    await eve.page.getByText("There is no room #enginering yet.").waitFor();
    await eve.leave();

    await page.evaluate(`location.hash = "#/attic"`);
    await page.getByRole("button", { name: "Create #attic" }).click();
    await ann.box.waitFor();
    assertEquals(await rooms.allInnerTexts(), ["#\nlobby", "#\nengineering", "#\nattic"]);
    await page.reload();
    await page.getByRole("heading", { name: "attic" }).waitFor();
    await ann.box.waitFor();

    await page.evaluate(`location.hash = "#/what?"`);
    await page.getByRole("alert").getByText("#what?: Use up to 64").waitFor();
    assertEquals(ann.faults, []);
  },
});

Deno.test({
  ...options,
  name: "Leaving a room asks when messages wait there, and can be undone with them",
  async fn() {
    await using hubbub = await Hubbub.start(["--data", ":memory:"]);
    await using browser = shared();
    using bob = await joinPlain(hubbub, "garden", "Bob");
    const ann = await Visitor.arrive(browser, `${hubbub.url()}#/garden`, { name: "Ann" });
    const { page } = ann;
    const link = page.getByRole("list", { name: "Rooms" }).getByRole("link", { name: "garden" });
    await ann.chooseInMenu("Leave room");
    await link.waitFor({ state: "detached" });
    await page.getByText("You left #garden.").waitFor();
    await page.getByRole("button", { name: "Undo" }).click();
    await page.getByRole("heading", { name: "garden" }).waitFor();
    await page.getByText("You left #garden.").waitFor({ state: "detached" });

    // The question comes with the other dialogs, which are loaded once there is nothing else to do.
    await page.keyboard.press("Control+/");
    await page.getByRole("dialog").waitFor();
    await page.keyboard.press("Escape");
    await page.context().setOffline(true);
    await page.locator(".strip.connection").waitFor();
    await ann.send("still to be sent");
    await ann.chooseInMenu("Leave room");
    const dialog = page.getByRole("dialog", { name: "Leave #garden?" });
    await dialog.getByText("1 message here hasn't been sent yet.").waitFor();
    await dialog.getByRole("button", { name: "Stay" }).click();
    await dialog.waitFor({ state: "detached" });
    await ann.message("still to be sent").waitFor();

    await ann.chooseInMenu("Leave room");
    await dialog.getByRole("button", { name: "Discard and leave" }).click();
    await page.getByRole("heading", { name: "lobby" }).waitFor();
    await page.getByRole("button", { name: "Undo" }).click();
    await ann.message("still to be sent").waitFor();
    await page.context().setOffline(false);
    await bob.received("still to be sent");
    await ann.allSent();
    assertEquals(ann.faults, []);
  },
});

Deno.test({
  ...options,
  name:
    "The state of the connection is a strip over the full width below the header, and else nothing",
  async fn() {
    await using hubbub = await Hubbub.start(["--data", ":memory:"]);
    await using browser = shared();
    const ann = await Visitor.arrive(browser, hubbub.url(), { name: "Ann" });
    const { page } = ann;
    const place = (selector: string) =>
      page.locator(selector).evaluate((element): DOMRect =>
        element.getBoundingClientRect().toJSON()
      );
    assertEquals(await page.locator(".strip").count(), 0);
    const open = await place(".connection");
    assert(open.width <= 1 && open.height <= 1, `it takes ${open.width}×${open.height} px`);
    for (const width of [360, 1280, 1920]) {
      await page.setViewportSize({ width, height: 720 });
      await page.context().setOffline(true);
      await ann.status.getByText("Connection closed. You're offline.").waitFor();
      const [chat, header, strip] = await Promise.all([
        place(".chat"),
        place(".room-header"),
        place(".connection"),
      ]);
      assertEquals([strip.left, strip.right, strip.top], [chat.left, chat.right, header.bottom]);
      await page.context().setOffline(false);
      await ann.status.getByText("Connected").waitFor();
    }
    assertEquals(ann.faults, []);
  },
});

Deno.test({
  ...options,
  name: "Logging out asks when the name has no password, and does not when it has",
  async fn() {
    await using hubbub = await Hubbub.start(["--data", ":memory:"]);
    await using browser = shared();
    const ann = await Visitor.arrive(browser, hubbub.url(), { name: "Ann" });
    const { page } = ann;
    const logout = page.getByRole("button", { name: "Log out", exact: true });
    await page.getByRole("button", { name: "Ann, Settings" }).click();
    await logout.click();
    await page.getByText("If your name has no password, you won't get it back.").waitFor();
    await page.getByRole("button", { name: "Cancel" }).click();
    await page.getByRole("button", { name: "Set a password for this name" }).click();
    await page.getByLabel("Name password").fill("mellon");
    await page.getByLabel("Name password").press("Enter");
    await page.getByText("Saved.").waitFor();
    await logout.click();
    await page.locator(".welcome").waitFor();
    assertEquals(ann.faults, []);
  },
});
