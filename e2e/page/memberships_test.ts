/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import type { Browser } from "playwright-core";
import { assertEquals } from "../../testing/assert.ts";
import { launch, noBrowser } from "../../testing/browser.ts";
import { Hubbub } from "../../testing/hubbub.ts";
import { joinPlain, Visitor } from "../../testing/page.ts";

/** The library keeps its pipes to the browser open a little longer than a test. */
const options = { ignore: noBrowser, sanitizeResources: false, sanitizeOps: false };

/** Opens the page on another device of a person, which has the same session. */
async function otherDevice(
  browser: Pick<Browser, "newContext">,
  { page }: Visitor,
  url: string,
): Promise<Visitor> {
  const { cookies } = await page.context().storageState();
  return await Visitor.arrive(browser, url, { storageState: { cookies, origins: [] } });
}

function rooms({ page }: Visitor) {
  return page.getByRole("list", { name: "Rooms" }).getByRole("link");
}

function room(visitor: Visitor, name: string) {
  return rooms(visitor).filter({ hasText: name });
}

/** Resolves when a room in the list says how many messages are unread; with 0, when it says nothing. */
async function unread(visitor: Visitor, name: string, count: number): Promise<void> {
  const words = count === 1 ? "1 unread message" : `${count} unread messages`;
  const sign = room(visitor, name).getByRole("img", { name: /unread message/ });
  if (count === 0) await sign.waitFor({ state: "detached" });
  else await room(visitor, name).getByRole("img", { name: words }).waitFor();
}

Deno.test({
  ...options,
  name:
    "The list of rooms, the unread counts and the level are the same on all devices of a person",
  async fn() {
    await using hubbub = await Hubbub.start(["--data", ":memory:"]);
    await using browser = await launch();
    using bob = await joinPlain(hubbub, "garden", "Bob");
    using inLobby = await joinPlain(hubbub, "lobby", "Eve");
    bob.send("first");
    await bob.received("first");
    const ann = await Visitor.arrive(browser, hubbub.url(), { name: "Ann" });
    await ann.go("garden");
    await ann.message("first").waitFor();
    await ann.go("lobby");
    const phone = await otherDevice(browser, ann, hubbub.url());
    await room(phone, "garden").waitFor();
    assertEquals(
      await rooms(phone).allInnerTexts(),
      await rooms(ann).allInnerTexts(),
    );
    // A message shown on one device is read on all of them.
    await phone.go("attic");

    bob.send("second");
    bob.send("@Ann third");
    await unread(ann, "garden", 2);
    await unread(phone, "garden", 2);
    await room(phone, "garden").getByRole("img", { name: "You were mentioned" }).waitFor();
    await ann.go("garden");
    await ann.message("third").waitFor();
    await unread(phone, "garden", 0);
    await room(phone, "garden").getByRole("img", { name: "You were mentioned" })
      .waitFor({ state: "detached" });

    // Marked as unread it stays so on both, until it is opened again.
    await ann.chooseInMenu("Mark as unread");
    await unread(ann, "garden", 1);
    await unread(phone, "garden", 1);
    await ann.go("lobby");
    await unread(ann, "garden", 1);
    await ann.go("garden");
    await unread(ann, "garden", 0);
    await unread(phone, "garden", 0);

    // From a message on, with the keyboard alone.
    await ann.page.getByRole("log").focus();
    await ann.page.keyboard.press("Enter");
    await ann.page.keyboard.press("ArrowUp");
    for (let i = 0; i < 3; i++) await ann.page.keyboard.press("ArrowRight");
    await ann.page.locator(".message-actions .more:focus").press("Enter");
    const menu = ann.page.locator(".message-menu");
    await menu.getByRole("button", { name: "Mark as unread from here" }).press("Enter");
    await menu.waitFor({ state: "detached" });
    await unread(ann, "garden", 2);
    await unread(phone, "garden", 2);
    await ann.page.getByText("New", { exact: true }).waitFor();
    // And with the mouse.
    await ann.message("third").hover();
    await ann.message("third").getByRole("toolbar", { name: "Message actions" })
      .getByRole("button", { name: "More" }).click();
    await menu.getByRole("button", { name: "Mark as unread from here" }).click();
    await unread(phone, "garden", 1);
    await ann.go("lobby");
    await ann.go("garden");
    await unread(phone, "garden", 0);

    await ann.page.getByRole("button", { name: "Room menu" }).click();
    await ann.page.getByRole("menuitemradio", { name: "Notifications: Nothing" }).click();
    await room(phone, "garden").getByRole("img", { name: "Notifications off" }).waitFor();
    bob.send("fourth");
    inLobby.send("hello");
    await unread(ann, "lobby", 1);
    await unread(phone, "garden", 0);

    await ann.chooseInMenu("Move up");
    await phone.page.waitForFunction(() =>
      document.querySelector("[aria-label=Rooms] a")?.textContent?.includes("garden")
    );
    await ann.page.getByRole("button", { name: "Mark all as read" }).click();
    await unread(ann, "lobby", 0);
    await unread(phone, "lobby", 0);

    // Left on one device, it is gone on the other, which says nothing of it.
    await ann.chooseInMenu("Leave room");
    await room(phone, "garden").waitFor({ state: "detached" });
    assertEquals(await phone.page.locator(".toast").count(), 0);
    await ann.page.getByRole("button", { name: "Undo" }).click();
    await room(phone, "garden").waitFor();
    assertEquals([ann.faults, phone.faults], [[], []]);
  },
});

Deno.test({
  ...options,
  name: "A guest who takes a name takes the rooms of the browser along, to other devices as well",
  async fn() {
    await using hubbub = await Hubbub.start(["--data", ":memory:"]);
    await using browser = await launch();
    using bob = await joinPlain(hubbub, "garden", "Bob");
    bob.send("first");
    await bob.received("first");
    const ann = await Visitor.arrive(browser, hubbub.url());
    await ann.go("garden");
    await ann.message("first").waitFor();
    await ann.go("lobby");
    bob.send("second");
    await unread(ann, "garden", 1);
    await ann.takeName("Ann");
    const phone = await otherDevice(browser, ann, hubbub.url());
    await unread(phone, "garden", 1);
    await ann.page.reload();
    await unread(ann, "garden", 1);
    await ann.go("garden");
    await ann.message("second").waitFor();
    await unread(phone, "garden", 0);
    assertEquals([ann.faults, phone.faults], [[], []]);
  },
});
