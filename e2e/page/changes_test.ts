/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
/** Two people who edit, delete, answer, react to and pin messages at the page. */
import type { Locator } from "playwright-core";
import { assertEquals } from "../../testing/assert.ts";
import { checkLooks } from "../../testing/axe.ts";
import { noBrowser, sharedBrowser } from "../../testing/browser.ts";
import { Hubbub } from "../../testing/hubbub.ts";
import { Visitor } from "../../testing/page.ts";

const shared = sharedBrowser();

/** The library keeps its pipes to the browser open a little longer than a test. */
const options = { ignore: noBrowser, sanitizeResources: false, sanitizeOps: false };

const LOOK = { reducedMotion: "reduce", bypassCSP: true } as const;

/** Does something with a message by its toolbar. */
async function act(message: Locator, action: string): Promise<void> {
  await message.hover();
  await message.getByRole("toolbar", { name: "Message actions" })
    .getByRole("button", { name: action, exact: true }).click();
}

/** Does something with a message by its menu. */
async function choose(visitor: Visitor, message: Locator, entry: string): Promise<void> {
  await act(message, "More");
  await visitor.page.locator(".message-menu .entries")
    .getByRole("button", { name: entry, exact: true }).click();
}

Deno.test({
  ...options,
  name: "Two people edit and delete messages, and see each other's changes",
  async fn() {
    await using browser = shared();
    await using hubbub = await Hubbub.start(["--data", ":memory:"]);
    const ann = await Visitor.arrive(browser, hubbub.url(), { name: "Ann", ...LOOK });
    const bob = await Visitor.arrive(browser, hubbub.url(), { name: "Bob", ...LOOK });
    const found: string[] = [];
    await ann.send("frist");
    await ann.send("to be gone");
    await bob.message("to be gone").waitFor();
    await bob.box.fill("a draft of mine");

    // Escape keeps the text as it is.
    await ann.box.press("ArrowUp");
    await ann.page.getByText("Editing message").waitFor();
    assertEquals(await ann.box.inputValue(), "to be gone");
    await ann.box.press("Escape");
    await ann.page.getByText("Editing message").waitFor({ state: "detached" });
    assertEquals(await ann.box.inputValue(), "");

    await ann.box.fill("draft");
    await act(ann.message("frist"), "Edit");
    await ann.page.getByText("Editing message").waitFor();
    await checkLooks(ann.page, "editing", found);
    await ann.box.fill("first");
    await ann.box.press("Enter");
    await bob.message("first").getByText("(edited)").waitFor();
    await ann.message("first").getByText("(edited)").waitFor();
    // The draft waited.
    await ann.page.getByText("Editing message").waitFor({ state: "detached" });
    assertEquals(await ann.box.inputValue(), "draft");
    assertEquals(await bob.texts(), ["first", "to be gone"]);

    // Nobody is offered to change what others wrote.
    await bob.message("first").hover();
    const offered = bob.message("first").getByRole("toolbar");
    for (const name of ["Edit", "Delete"]) {
      assertEquals(await offered.getByRole("button", { name, exact: true }).count(), 0);
    }

    await act(ann.message("to be gone"), "Delete");
    const dialog = ann.page.getByRole("dialog", { name: "Delete this message?" });
    await dialog.getByText("to be gone").waitFor();
    await checkLooks(ann.page, "deleting", found);
    await dialog.getByRole("button", { name: "Cancel" }).click();
    await dialog.waitFor({ state: "detached" });
    await act(ann.message("to be gone"), "Delete");
    await dialog.getByRole("button", { name: "Delete" }).click();
    await bob.message("This message was deleted by its author.").waitFor();
    await ann.message("This message was deleted by its author.").waitFor();
    for (const visitor of [ann, bob]) assertEquals(await visitor.texts(), ["first"]);
    assertEquals(await bob.box.inputValue(), "a draft of mine");
    await checkLooks(bob.page, "edited and deleted", found);

    // A newcomer sees the same.
    const eve = await Visitor.arrive(browser, hubbub.url());
    await eve.message("first").getByText("(edited)").waitFor();
    await eve.message("This message was deleted by its author.").waitFor();
    const faults = [ann, bob, eve].flatMap((visitor) => visitor.faults);
    assertEquals([found, faults], [[], []]);
  },
});

Deno.test({
  ...options,
  name: "People react with quick and searched emoji, and see who did",
  async fn() {
    await using browser = shared();
    await using hubbub = await Hubbub.start(["--data", ":memory:"]);
    const ann = await Visitor.arrive(browser, hubbub.url(), { name: "Ann", ...LOOK });
    const bob = await Visitor.arrive(browser, hubbub.url(), { name: "Bob", ...LOOK });
    const found: string[] = [];
    await bob.send("we did it");
    const message = ann.message("we did it");
    await act(message, "React");
    const picker = ann.page.getByRole("dialog", { name: "Choose an emoji" });
    await picker.getByRole("group", { name: "Smileys and emotion" }).waitFor();
    await checkLooks(ann.page, "emoji picker", found);
    await ann.page.keyboard.type("party pop");
    await picker.getByRole("button", { name: "party popper" }).waitFor();
    await ann.page.keyboard.press("Enter");
    await picker.waitFor({ state: "detached" });
    await bob.page.getByRole("button", { name: "🎉 1: Ann", exact: true }).click();
    await message.getByRole("button", { name: "🎉 2: you and Bob", exact: true }).waitFor();
    await checkLooks(ann.page, "reactions", found);

    // By keyboard: from the log to the toolbar, and on to the reactions.
    const log = ann.page.getByRole("log", { name: "Messages" });
    await log.focus();
    await log.press("Enter");
    const focused = ann.page.locator(".message button:focus");
    await focused.press("ArrowLeft");
    for (let i = 0; i < 9; i++) {
      if (await ann.page.locator(".reaction:focus").count() > 0) break;
      await focused.press("ArrowRight");
    }
    await focused.press("Enter");
    await bob.page.getByRole("button", { name: "🎉 1: you", exact: true }).waitFor();

    await act(message, "More");
    const menu = ann.page.locator(".message-menu");
    await checkLooks(ann.page, "message menu", found);
    await menu.getByRole("button", { name: "👍", exact: true }).click();
    await bob.page.getByRole("button", { name: "👍 1: Ann", exact: true }).waitFor();

    await choose(bob, bob.message("we did it"), "Who reacted");
    const people = bob.page.getByRole("dialog", { name: "Who reacted" });
    await people.getByRole("listitem").getByText("Bob").waitFor();
    await people.getByRole("button", { name: "👍" }).click();
    await people.getByRole("listitem").getByText("Ann").waitFor();
    await checkLooks(bob.page, "who reacted", found);
    assertEquals([found, [...ann.faults, ...bob.faults]], [[], []]);
  },
});

Deno.test({
  ...options,
  name: "An answer quotes its message and leads there; pins are listed",
  async fn() {
    await using browser = shared();
    await using hubbub = await Hubbub.start(["--data", ":memory:"]);
    const ann = await Visitor.arrive(browser, hubbub.url(), { name: "Ann", ...LOOK });
    const bob = await Visitor.arrive(browser, hubbub.url(), { name: "Bob", ...LOOK });
    const found: string[] = [];
    await ann.go("tea");
    await ann.send("Shall we **meet** at five?");
    const meet = ({ page, messages }: Visitor) =>
      messages.filter({ has: page.locator(".text", { hasText: "meet" }) });
    await ann.allSent();
    for (let i = 0; i < 40; i++) await ann.send(`line ${i}`);
    await bob.page.evaluate(`location.hash = "#/tea"`);
    await bob.message("line 39").waitFor();

    await act(ann.message("line 39"), "Reply");
    await ann.page.getByText("Replying to Ann").waitFor();
    await ann.box.press("Escape");
    await ann.page.getByText("Replying to Ann").waitFor({ state: "detached" });
    await bob.page.getByRole("log").press("Home");
    await act(meet(bob), "Reply");
    await bob.page.getByText("Replying to Ann").waitFor();
    await checkLooks(bob.page, "answering", found);
    await bob.send("Yes!");
    await ann.message("Yes!").getByRole("button", {
      name: "Reply to Ann: Shall we meet at five?",
    }).click();
    await meet(ann).waitFor();
    await ann.page.locator(".marked .text", { hasText: "meet" }).waitFor();
    await bob.page.getByText("Replying to Ann").waitFor({ state: "detached" });

    // The one who made the room is its moderator.
    await choose(ann, meet(ann), "Pin");
    await bob.page.getByRole("log").press("Home");
    await meet(bob).getByRole("img", { name: "Pinned" }).waitFor();
    await act(meet(bob), "More");
    assertEquals(
      await bob.page.locator(".message-menu").getByRole("button", { name: "Unpin" }).count(),
      0,
    );
    await bob.page.keyboard.press("Escape");
    await bob.page.locator(".message-menu").waitFor({ state: "detached" });
    await bob.page.getByRole("log").press("End");
    await bob.chooseInMenu("Pinned messages");
    const pins = bob.page.getByRole("dialog", { name: "Pinned messages" });
    await pins.getByRole("button", { name: "meet" }).waitFor();
    await checkLooks(bob.page, "pins", found);
    await pins.getByRole("button", { name: "meet" }).click();
    await bob.page.locator(".marked .text", { hasText: "meet" }).waitFor();

    await ann.chooseInMenu("Pinned messages");
    const own = ann.page.getByRole("dialog", { name: "Pinned messages" });
    await own.getByRole("button", { name: "Unpin" }).click();
    await own.getByText("Nothing is pinned here.").waitFor();
    await meet(bob).getByRole("img", { name: "Pinned" }).waitFor({ state: "detached" });

    // A moderator deletes what others wrote.
    await ann.page.keyboard.press("Escape");
    await ann.page.getByRole("log").press("End");
    await act(ann.message("Yes!"), "Delete");
    await ann.page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
    await bob.page.getByRole("log").press("End");
    await bob.message("This message was deleted by a moderator.").waitFor();
    assertEquals([found, [...ann.faults, ...bob.faults]], [[], []]);
  },
});
