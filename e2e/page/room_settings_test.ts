/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import { assertEquals } from "../../testing/assert.ts";
import { checkLooks } from "../../testing/axe.ts";
import { noBrowser, sharedBrowser } from "../../testing/browser.ts";
import { Hubbub } from "../../testing/hubbub.ts";
import { Visitor } from "../../testing/page.ts";

const shared = sharedBrowser();

/** The library keeps its pipes to the browser open a little longer than a test. */
const options = { ignore: noBrowser, sanitizeResources: false, sanitizeOps: false };

Deno.test({
  ...options,
  name:
    "Title, topic, and the reasons why one can't write arrive at once in the page of the others",
  async fn() {
    await using hubbub = await Hubbub.start(["--data", ":memory:"]);
    await using browser = shared();
    const looks: string[] = [];
    const ann = await Visitor.arrive(browser, `${hubbub.url()}#/garden`, {
      name: "Ann",
      bypassCSP: true,
    });
    await ann.send("welcome");
    const bob = await Visitor.arrive(browser, `${hubbub.url()}#/garden`, { name: "Bob" });
    const guest = await Visitor.arrive(browser, `${hubbub.url()}#/garden`);
    await guest.message("welcome").waitFor();

    await ann.chooseInMenu("Room settings");
    const dialog = ann.page.getByRole("dialog", { name: "Room settings" });
    await dialog.getByLabel("Title").fill("The Garden");
    await dialog.getByLabel("Topic").fill("Tomatoes and bees");
    await dialog.getByRole("button", { name: "Save" }).click();
    await dialog.getByText("Saved.").waitFor();
    await checkLooks(ann.page, "room settings", looks);
    await bob.page.getByRole("heading", { name: "The Garden" }).waitFor();
    await bob.page.getByText("#garden · Tomatoes and bees").waitFor();
    await bob.page.getByRole("list", { name: "Rooms" }).getByRole("link", { name: "The Garden" })
      .waitFor();

    await dialog.getByLabel("Guests may write").uncheck();
    await guest.page.getByText("Guests can read this room, but not write in it.").waitFor();
    assertEquals(await guest.box.isDisabled(), true);

    await dialog.getByLabel("Slow mode").selectOption("5");
    await dialog.getByRole("radio", { name: "Moderators" }).check();
    await bob.page.getByText("Only moderators write here.").waitFor();
    assertEquals([await bob.box.isDisabled(), await ann.box.isDisabled()], [true, false]);
    await dialog.getByRole("radio", { name: "Everyone" }).check();
    await bob.page.locator("#composer:not(:disabled)").waitFor();

    await bob.send("one message");
    await bob.page.getByText(/^Slow mode: you can write again in \d seconds?\.$/).waitFor();
    await bob.box.fill("another one");
    await bob.box.press("Enter");
    assertEquals(await bob.box.inputValue(), "another one");
    await bob.page.getByText(/^Slow mode/).waitFor({ state: "detached" });
    await bob.box.press("Enter");
    await ann.message("another one").waitFor();

    await dialog.getByRole("button", { name: "Archive room" }).click();
    await dialog.getByRole("button", { name: "Archive room" }).click();
    await bob.page.getByText("This room is archived.").waitFor();
    assertEquals([await bob.box.isDisabled(), await ann.box.isDisabled()], [true, true]);
    await dialog.getByRole("button", { name: "Reopen room" }).click();
    await bob.page.locator("#composer:not(:disabled)").waitFor();

    // A member reads the settings, and changes none.
    await bob.chooseInMenu("Room settings");
    await bob.page.getByText("Only moderators can change this room.").waitFor();
    assertEquals(await bob.page.getByRole("dialog").getByRole("textbox").count(), 0);
    await dialog.getByRole("button", { name: "Manage Bob" }).click();
    await dialog.getByRole("button", { name: "Make moderator" }).click();
    // What another moderator saves meanwhile is kept, and shown.
    const bobs = bob.page.getByRole("dialog");
    await bobs.getByLabel("Topic").fill("Only bees");
    await dialog.getByLabel("Title").fill("The Big Garden");
    await dialog.getByRole("button", { name: "Save" }).click();
    await bob.title("The Big Garden").waitFor();
    assertEquals(await bobs.getByLabel("Title").inputValue(), "The Big Garden");
    await bobs.getByRole("button", { name: "Save" }).click();
    await ann.page.getByText("#garden · Only bees").waitFor();
    assertEquals(await dialog.getByLabel("Topic").inputValue(), "Only bees");
    assertEquals(await ann.title("The Big Garden").count(), 1);
    await bob.page.keyboard.press("Escape");

    await dialog.getByRole("button", { name: "Delete room" }).click();
    await dialog.getByText("with all its messages, for everyone").waitFor();
    await dialog.getByRole("button", { name: "Delete room" }).click();
    await bob.page.getByText("The Big Garden was deleted.").waitFor();
    for (const visitor of [ann, bob, guest]) {
      await visitor.page.getByRole("heading", { name: "lobby" }).waitFor();
    }
    assertEquals([looks, ann.faults, bob.faults, guest.faults], [[], [], [], []]);
  },
});

Deno.test({
  ...options,
  name: "The directory finds rooms by name and topic, and a room is made with keys alone",
  async fn() {
    await using hubbub = await Hubbub.start(["--data", ":memory:"]);
    await using browser = shared();
    const ann = await Visitor.arrive(browser, hubbub.url(), { name: "Ann" });
    const { page } = ann;
    for (const [name, topic] of [["Garden", "Tomatoes"], ["产品讨论", "路线图"]] as const) {
      await page.getByRole("button", { name: "New room" }).focus();
      await page.keyboard.press("Enter");
      await page.getByRole("dialog").getByLabel("Name").waitFor();
      await page.keyboard.type(name);
      await page.keyboard.press("Tab");
      await page.keyboard.type(topic);
      await page.keyboard.press("Enter");
      await page.getByRole("heading", { name, exact: true }).waitFor();
    }
    const looks: string[] = [];
    const bob = await Visitor.arrive(browser, hubbub.url(), { name: "Bob", bypassCSP: true });
    await bob.page.getByRole("button", { name: "2 more rooms" }).click();
    const rooms = bob.page.getByRole("list", { name: "All rooms" }).getByRole("button");
    await rooms.nth(1).waitFor();
    await checkLooks(bob.page, "the directory", looks);
    const search = bob.page.getByRole("searchbox", { name: "Search rooms and topics" });
    await search.fill("nothing of this");
    await bob.page.getByText("There are no rooms with this.").waitFor();
    await search.fill("路线");
    await rooms.filter({ hasText: "路线图" }).waitFor();
    assertEquals(await rooms.count(), 1);
    await search.fill("tomato");
    const garden = rooms.filter({ hasText: "Garden" });
    await garden.getByText("1 member").waitFor({ state: "attached" });
    await garden.click();
    await bob.page.getByRole("heading", { name: "Garden" }).waitFor();
    await bob.page.getByRole("list", { name: "Rooms" }).getByRole("link", { name: "Garden" })
      .waitFor();
    await bob.send("found it");
    await bob.message("found it").waitFor();
    assertEquals([looks, ann.faults, bob.faults], [[], [], []]);
  },
});
