/** Changes of messages at the page without a connection, over a restart, in two tabs and on two devices. */
import type { Locator } from "playwright-core";
import { assertEquals } from "../../testing/assert.ts";
import { launch, noBrowser } from "../../testing/browser.ts";
import { temporaryFolder } from "../../testing/folder.ts";
import { Hubbub } from "../../testing/hubbub.ts";
import { Visitor } from "../../testing/page.ts";

/** The library keeps its pipes to the browser open a little longer than a test. */
const options = { ignore: noBrowser, sanitizeResources: false, sanitizeOps: false };

/** Chooses in the menu of a message. */
async function choose({ page }: Pick<Visitor, "page">, message: Locator, entry: string) {
  await message.hover();
  await message.getByRole("button", { name: "More", exact: true }).click();
  await page.locator(".message-menu").getByRole("button", { name: entry, exact: true }).click();
}

async function edit(visitor: Visitor, message: Locator, text: string): Promise<void> {
  await choose(visitor, message, "Edit");
  await visitor.page.getByText("Editing message").waitFor();
  await visitor.box.fill(text);
  await visitor.box.press("Enter");
  await visitor.page.getByText("Editing message").waitFor({ state: "detached" });
}

async function remove(visitor: Visitor, message: Locator): Promise<void> {
  await choose(visitor, message, "Delete");
  const dialog = visitor.page.getByRole("dialog", { name: "Delete this message?" });
  await dialog.getByRole("button", { name: "Delete" }).click();
  await dialog.waitFor({ state: "detached" });
}

/** Lets the part of the page load that has the dialogs, which otherwise comes when there is nothing else to do. */
async function loadDialogs({ page }: Visitor, message: Locator): Promise<void> {
  await message.hover();
  await message.getByRole("button", { name: "More", exact: true }).click();
  await page.locator(".message-menu").waitFor();
  await page.keyboard.press("Escape");
  await page.locator(".message-menu").waitFor({ state: "detached" });
}

/** The message of a text, exactly. */
function withText({ page }: Pick<Visitor, "page">, text: string): Locator {
  const exact = new RegExp(`^${text}$`);
  return page.locator("article", { has: page.locator(".text", { hasText: exact }) });
}

/** The reaction to a message, with its count. */
function reaction(message: Locator, label: string): Locator {
  return message.getByRole("button", { name: new RegExp(`^${label}:`) });
}

/** Resolves when nothing of what was done waits to be confirmed. */
async function allConfirmed({ page }: Pick<Visitor, "page">): Promise<void> {
  await page.waitForFunction(
    `!Object.keys(localStorage).some((key) => /\\b(action|outbox)\\./.test(key))`,
  );
}

Deno.test({
  ...options,
  name:
    "What is edited, deleted and reacted to offline is drawn at once and arrives once, after a reload too",
  async fn() {
    await using browser = await launch();
    await using hubbub = await Hubbub.start(["--data", ":memory:"]);
    const ann = await Visitor.arrive(browser, hubbub.url(), { name: "Ann", bypassCSP: true });
    const bob = await Visitor.arrive(browser, hubbub.url(), { name: "Bob", bypassCSP: true });
    for (const text of ["one", "two"]) await ann.send(text);
    await ann.allSent();
    await bob.send("three");
    await withText(ann, "three").waitFor();

    await loadDialogs(ann, withText(ann, "three"));
    const context = ann.page.context();
    await context.setOffline(true);
    await ann.status.getByText("Connection closed. You're offline.").waitFor();
    // Never handed to a socket, it is changed where it waits.
    await ann.send("fuor");
    await edit(ann, withText(ann, "fuor"), "four");
    await edit(ann, withText(ann, "one"), "ONE");
    await remove(ann, withText(ann, "two"));
    const quick = withText(ann, "three");
    for (let i = 0; i < 3; i++) await choose(ann, quick, "👍");
    await reaction(quick, "👍 1").waitFor();
    assertEquals(await ann.texts(), ["ONE", "three", "four"]);
    await ann.message("deleted by its author").waitFor();
    assertEquals(await bob.texts(), ["one", "two", "three"]);

    await context.setOffline(false);
    await withText(bob, "four").waitFor();
    await withText(bob, "ONE").getByText("(edited)").waitFor();
    await bob.message("deleted by its author").waitFor();
    await reaction(withText(bob, "three"), "👍 1").waitFor();
    await allConfirmed(ann);
    assertEquals(await ann.texts(), await bob.texts());
    assertEquals(await bob.message("four").getByText("(edited)").count(), 0);

    await context.setOffline(true);
    await ann.status.getByText("Connection closed. You're offline.").waitFor();
    await edit(ann, withText(ann, "ONE"), "kept over a reload");
    await choose(ann, withText(ann, "three"), "👍");
    await reaction(withText(ann, "three"), "👍 1").waitFor({ state: "detached" });
    await context.setOffline(false);
    await ann.page.reload();
    await withText(bob, "kept over a reload").waitFor();
    await reaction(withText(bob, "three"), "👍 1").waitFor({ state: "detached" });
    await withText(ann, "kept over a reload").waitFor();
    await allConfirmed(ann);
    assertEquals(await ann.texts(), await bob.texts());
    assertEquals([ann.faults, bob.faults], [[], []]);
  },
});

Deno.test({
  ...options,
  name: "The server is killed while two people change messages: both see the same afterwards",
  async fn() {
    await using folder = await temporaryFolder();
    const data = `${folder.path}/hubbub.db`;
    await using browser = await launch();
    await using hubbub = await Hubbub.start(["--data", data]);
    const ann = await Visitor.arrive(browser, hubbub.url(), { name: "Ann", bypassCSP: true });
    const bob = await Visitor.arrive(browser, hubbub.url(), { name: "Bob", bypassCSP: true });
    for (const text of ["one", "two"]) await ann.send(text);
    await bob.send("three");
    for (const visitor of [ann, bob]) {
      for (const text of ["two", "three"]) await withText(visitor, text).waitFor();
    }
    for (const visitor of [ann, bob]) await loadDialogs(visitor, withText(visitor, "three"));
    // The answer to this may be lost.
    await edit(ann, withText(ann, "one"), "uno");
    hubbub.signal("SIGKILL");
    await hubbub.status;
    for (const visitor of [ann, bob]) {
      await visitor.status.getByText(/^Connection closed\./).waitFor();
    }
    await remove(ann, withText(ann, "two"));
    await choose(ann, withText(ann, "three"), "👍");
    await edit(bob, withText(bob, "three"), "tres");
    await using _again = await Hubbub.start(["--data", data, "--port", String(hubbub.port)]);
    for (const visitor of [ann, bob]) {
      await visitor.status.getByText("Connected").waitFor();
      await withText(visitor, "uno").waitFor();
      await visitor.message("deleted by its author").waitFor();
      await reaction(withText(visitor, "tres"), "👍 1").waitFor();
      await allConfirmed(visitor);
      assertEquals(await visitor.texts(), ["uno", "tres"]);
    }
    assertEquals([ann.faults, bob.faults], [[], []]);
  },
});

Deno.test({
  ...options,
  name: "Two tabs and a second device show the same, and send nothing twice",
  async fn() {
    await using browser = await launch();
    await using hubbub = await Hubbub.start(["--data", ":memory:"]);
    const ann = await Visitor.arrive(browser, hubbub.url(), { name: "Ann", bypassCSP: true });
    const bob = await Visitor.arrive(browser, hubbub.url(), { name: "Bob", bypassCSP: true });
    await ann.send("mine");
    await bob.send("his");
    await withText(ann, "his").waitFor();
    const context = ann.page.context();
    const tab = { page: await context.newPage() };
    await tab.page.goto(hubbub.url());
    await withText(tab, "his").waitFor();

    await choose(ann, withText(ann, "his"), "👍");
    await reaction(withText(tab, "his"), "👍 1").waitFor();
    await choose(tab, withText(tab, "his"), "👍");
    for (const page of [ann, bob, tab]) {
      await reaction(withText(page, "his"), "👍 1").waitFor({ state: "detached" });
    }

    // Both tabs are offline; what one does, a third that opens later finds and sends, too.
    await context.setOffline(true);
    await ann.status.getByText("Connection closed. You're offline.").waitFor();
    await edit(ann, withText(ann, "mine"), "mine, edited");
    await choose(ann, withText(ann, "his"), "👍");
    await choose(tab, withText(tab, "his"), "🎉");
    await context.setOffline(false);
    for (const page of [ann, bob, tab]) {
      await withText(page, "mine, edited").waitFor();
      await reaction(withText(page, "his"), "👍 1").waitFor();
      await reaction(withText(page, "his"), "🎉 1").waitFor();
    }
    await allConfirmed(ann);
    assertEquals(await ann.texts(), await bob.texts());
    assertEquals([ann.faults, bob.faults], [[], []]);
  },
});
