/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import { assert, assertEquals } from "../../testing/assert.ts";
import { checkLooks } from "../../testing/axe.ts";
import { noBrowser, sharedBrowser } from "../../testing/browser.ts";
import { Hubbub } from "../../testing/hubbub.ts";
import { Visitor } from "../../testing/page.ts";

const shared = sharedBrowser();

/** The library keeps its pipes to the browser open a little longer than a test. */
const options = { ignore: noBrowser, sanitizeResources: false, sanitizeOps: false };

/** Makes a room in the dialog, and waits for it. */
async function makeRoom(visitor: Visitor, name: string, { isPrivate = false } = {}): Promise<void> {
  const { page } = visitor;
  await page.getByRole("button", { name: "New room" }).click();
  const dialog = page.getByRole("dialog", { name: "New room" });
  await dialog.getByLabel("Name").fill(name);
  if (isPrivate) await dialog.getByRole("radio", { name: "Added people" }).check();
  await dialog.getByRole("button", { name: "Create room" }).click();
  await visitor.title(name).waitFor();
  await visitor.box.waitFor();
}

/** Everything that the page shows and keeps. */
async function traces({ page }: Visitor): Promise<string> {
  return await page.evaluate(() =>
    [
      document.documentElement.outerHTML,
      location.href,
      ...Object.entries(localStorage).flat(),
      ...Object.entries(sessionStorage).flat(),
    ].join("\n")
  );
}

Deno.test({
  ...options,
  name: "A private room is for people who are added; a removed person keeps nothing of it",
  async fn() {
    await using hubbub = await Hubbub.start(["--data", ":memory:"]);
    await using browser = shared();
    const ann = await Visitor.arrive(browser, hubbub.url(), {
      ...{ name: "Ann", reducedMotion: "reduce", bypassCSP: true },
    });
    const bob = await Visitor.arrive(browser, hubbub.url(), { name: "Bob" });
    const found: string[] = [];
    const roomsOf = ({ page }: Visitor) => page.getByRole("list", { name: "Rooms" });
    await ann.send("hello");
    await bob.message("hello").waitFor();
    await makeRoom(ann, "Staff only", { isPrivate: true });
    await ann.page.getByRole("heading").getByRole("img", { name: "Private room" }).waitFor();
    await ann.send("our secret");
    await ann.chooseInMenu("Add people");
    await ann.page.getByRole("combobox", { name: "Search people" }).fill("oB");
    await ann.page.getByRole("option", { name: "Bob" }).click();
    await ann.page.getByRole("button", { name: "Add", exact: true }).click();
    await ann.page.getByText("1 person was added.").waitFor();

    await roomsOf(bob).getByRole("link", { name: "Staff only" }).click();
    await bob.message("our secret").waitFor();
    const address = new URL(bob.page.url()).hash.slice(2);
    assert(address.startsWith("~"), address);
    await bob.send("thanks");
    await ann.message("thanks").waitFor();

    // A newcomer follows a link of the moderator, and is a member at once.
    await ann.chooseInMenu("Add people");
    await ann.page.getByRole("button", { name: "Make an invitation link" }).press("Enter");
    const link = await ann.page.getByRole("textbox", { name: "Invitation" }).inputValue();
    await ann.page.getByRole("img", { name: "QR code of the invitation" }).waitFor();
    await checkLooks(ann.page, "invitation to a room", found);
    const zoe = await Visitor.arrive(browser, hubbub.url());
    await zoe.page.goto(link);
    await zoe.page.getByRole("heading", { name: "You're invited" }).waitFor();
    await zoe.page.getByRole("textbox", { name: "Your name" }).fill("Zoe");
    await zoe.page.getByLabel("New password", { exact: true }).fill("open sesame");
    await zoe.page.keyboard.press("Enter");
    await zoe.title("Staff only").waitFor();
    await zoe.message("our secret").waitFor();
    // The dialog asks for the invitations when it opens.
    await ann.page.keyboard.press("Escape");
    await ann.chooseInMenu("Add people");
    await ann.page.getByRole("list", { name: "Invitations" }).getByText("1 person has come")
      .waitFor();
    await ann.page.keyboard.press("Escape");
    await zoe.leave();
    // A person who is logged in need not do so again.
    const carl = await Visitor.arrive(browser, hubbub.url(), {
      ...{ name: "Carl", reducedMotion: "reduce", bypassCSP: true },
    });
    await carl.send("I have a name");
    await carl.page.goto(link);
    await carl.page.getByText("You are logged in as Carl.").waitFor();
    await checkLooks(carl.page, "invitation of somebody who is logged in", found);
    await carl.page.getByRole("button", { name: "Join as Carl" }).press("Enter");
    await carl.title("Staff only").waitFor();
    await carl.message("our secret").waitFor();
    await carl.leave();
    assertEquals(found, []);
    await bob.box.fill("half a thought");
    assert((await traces(bob)).includes(address));

    // Somebody else sees no more of it than of a room that was never made.
    const eve = await Visitor.arrive(browser, hubbub.url());
    await eve.page.evaluate((hash) => location.hash = hash, `#/${address}`);
    await eve.page.getByText("There is no such room.").waitFor();
    assertEquals(await eve.page.getByRole("button", { name: /^Create/ }).count(), 0);

    await ann.chooseInMenu("Room settings");
    const dialog = ann.page.getByRole("dialog", { name: "Room settings" });
    await dialog.getByRole("button", { name: "Manage Bob" }).click();
    await dialog.getByRole("button", { name: "Remove from room" }).click();
    await dialog.getByLabel("Reason").fill("the party is over");
    await dialog.getByRole("button", { name: "Remove from room" }).click();
    await dialog.getByRole("button", { name: "Manage Bob" }).waitFor({ state: "detached" });
    await bob.page.getByText("You were removed from Staff only: the party is over · What you")
      .waitFor();
    await bob.title("lobby").waitFor();
    // The rest of the sentence goes nowhere.
    await bob.page.keyboard.type(" about the party");
    await bob.page.keyboard.press("Enter");
    assertEquals(await bob.page.evaluate(() => document.activeElement?.tagName), "H1");
    assertEquals(await bob.box.inputValue(), "");
    await bob.page.getByRole("button", { name: "1 unsent message" }).click();
    const unsent = bob.page.getByRole("list", { name: "Unsent messages" });
    await unsent.getByText("half a thought", { exact: true }).waitFor();
    await unsent.getByRole("button", { name: "Discard" }).click();
    await bob.page.keyboard.press("Escape");
    await bob.send("Where am I?");
    await ann.go("lobby");
    await ann.message("Where am I?").waitFor();
    assertEquals(await ann.texts(), ["hello", "I have a name", "Where am I?"]);
    await bob.page.locator(".toast").waitFor({ state: "detached" });
    const kept = await traces(bob);
    for (const trace of [address, "Staff only", "our secret", "thanks", "half a thought"]) {
      assert(!kept.includes(trace), trace);
    }
    assertEquals([ann.faults, bob.faults], [[], []]);
  },
});

Deno.test({
  ...options,
  name: "What waits for a room that one was removed from is shown, and sent nowhere",
  async fn() {
    await using hubbub = await Hubbub.start(["--data", ":memory:"]);
    await using browser = shared();
    const ann = await Visitor.arrive(browser, hubbub.url(), { name: "Ann" });
    const bob = await Visitor.arrive(browser, hubbub.url(), { name: "Bob" });
    await makeRoom(ann, "Garden Party");
    await ann.send("welcome");
    await bob.page.evaluate(`location.hash = "#/garden-party"`);
    await bob.message("welcome").waitFor();
    await bob.page.context().setOffline(true);
    await bob.status.getByText("Connection closed.").waitFor();
    await bob.send("written on the train");

    await ann.page.getByRole("list", { name: "People" }).getByRole("button", { name: "Bob" })
      .waitFor({ state: "detached" });
    await ann.chooseInMenu("Room settings");
    await ann.page.getByRole("button", { name: "Manage Bob" }).click();
    await ann.page.getByRole("button", { name: "Remove from room" }).click();
    await ann.page.getByRole("dialog").getByRole("button", { name: "Remove from room" }).click();
    await ann.page.getByRole("button", { name: "Manage Bob" }).waitFor({ state: "detached" });
    await ann.page.keyboard.press("Escape");

    await bob.page.context().setOffline(false);
    await bob.page.getByRole("heading", { name: "lobby" }).waitFor();
    await bob.page.getByRole("button", { name: "1 unsent message" }).click();
    const unsent = bob.page.getByRole("list", { name: "Unsent messages" });
    await unsent.getByText("written on the train").waitFor();
    await unsent.getByRole("button", { name: "Discard" }).click();
    await bob.page.getByText("Nothing is left.").waitFor();
    await bob.page.keyboard.press("Escape");
    await bob.send("back again");
    await bob.message("back again").waitFor();
    await bob.allSent();
    assertEquals(await ann.texts(), ["welcome"]);
    assertEquals([ann.faults, bob.faults], [[], []]);
  },
});

Deno.test({
  ...options,
  name: "A room that is made private takes its members along, and is gone for everyone else",
  async fn() {
    await using hubbub = await Hubbub.start(["--data", ":memory:"]);
    await using browser = shared();
    const ann = await Visitor.arrive(browser, hubbub.url(), { name: "Ann" });
    const bob = await Visitor.arrive(browser, hubbub.url(), { name: "Bob" });
    await makeRoom(ann, "staff");
    await ann.send("for us alone");
    await bob.page.evaluate(`location.hash = "#/staff"`);
    await bob.message("for us alone").waitFor();
    const eve = await Visitor.arrive(browser, `${hubbub.url()}#/staff`);
    await eve.message("for us alone").waitFor();

    await ann.chooseInMenu("Room settings");
    const dialog = ann.page.getByRole("dialog", { name: "Room settings" });
    await dialog.getByRole("button", { name: "Make private" }).click();
    await dialog.getByText("This can't be undone.").waitFor();
    await dialog.getByRole("button", { name: "Make private" }).click();
    for (const { page } of [ann, bob]) {
      await page.getByRole("heading").getByRole("img", { name: "Private room" }).waitFor();
      await page.waitForURL(/#\/~/);
    }
    await bob.message("for us alone").waitFor();
    await bob.send("still here");
    await ann.message("still here").waitFor();
    await eve.page.getByRole("heading", { name: "lobby" }).waitFor();
    const kept = await traces(eve);
    assert(!kept.includes("for us alone"));
    assert(!kept.includes(new URL(bob.page.url()).hash.slice(2)));
    // The old address leads its members to the new one.
    await bob.page.evaluate(`location.hash = "#/staff"`);
    await bob.message("still here").waitFor();
    await bob.page.waitForURL(/#\/~/);
    assertEquals([ann.faults, bob.faults, eve.faults], [[], [], []]);
  },
});

Deno.test({
  ...options,
  name: "A direct room is named by the others, and opened from a person's card",
  async fn() {
    await using hubbub = await Hubbub.start(["--data", ":memory:"]);
    await using browser = shared();
    const ann = await Visitor.arrive(browser, hubbub.url(), { name: "Ann" });
    const looks: string[] = [];
    const bob = await Visitor.arrive(browser, hubbub.url(), { name: "Bob", bypassCSP: true });
    const cleo = await Visitor.arrive(browser, hubbub.url(), { name: "Cleo" });
    await ann.page.getByRole("list", { name: "People" }).getByRole("button", { name: "Bob" })
      .click();
    const card = ann.page.getByRole("dialog", { name: "Bob" });
    await card.getByRole("button", { name: "Mention" }).click();
    await card.waitFor({ state: "detached" });
    await ann.page.waitForFunction(() => document.activeElement?.id === "composer");
    assertEquals(await ann.box.inputValue(), "@Bob ");
    await ann.box.fill("");

    await ann.page.getByRole("list", { name: "People" }).getByRole("button", { name: "Bob" })
      .click();
    await card.getByRole("button", { name: "Message" }).click();
    await ann.title("Bob").waitFor();
    // It is named so before anybody has written there.
    await ann.page.reload();
    await ann.title("Bob").waitFor();
    await ann.send("between us");
    const directs = ({ page }: Visitor) => page.getByRole("list", { name: "Direct messages" });
    await directs(bob).getByRole("link", { name: "Ann" }).click();
    await bob.message("between us").waitFor();
    assertEquals(await directs(cleo).count(), 0);

    await bob.page.getByRole("button", { name: "New direct message" }).click();
    await bob.page.locator(".picker input:focus").waitFor();
    const search = bob.page.getByRole("combobox", { name: "Search people" });
    // Any part of a name, chosen with the keyboard alone.
    await search.fill("leo");
    await bob.page.getByRole("option", { name: "Cleo" }).waitFor();
    await search.press("Enter");
    await search.fill("an");
    await bob.page.getByRole("option", { name: "Ann" }).waitFor();
    await search.press("Enter");
    await checkLooks(bob.page, "the picker of people", looks);
    await bob.page.getByRole("button", { name: "Open conversation" }).click();
    await bob.title("Cleo, Ann").waitFor();
    await bob.send("the three of us");
    await directs(cleo).getByRole("link").click();
    await cleo.message("the three of us").waitFor();
    await ann.page.reload();
    await directs(ann).getByRole("link", { name: "Cleo" }).waitFor();
    await ann.title("Bob").waitFor();
    assertEquals([looks, ann.faults, bob.faults, cleo.faults], [[], [], [], []]);
  },
});
