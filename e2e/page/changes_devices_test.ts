/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
/** Messages that are changed on one device of a person, as another shows them; and what was begun before a reload. */
import type { Locator } from "playwright-core";
import { assertEquals } from "../../testing/assert.ts";
import { checkLooks } from "../../testing/axe.ts";
import { noBrowser, sharedBrowser } from "../../testing/browser.ts";
import { Hubbub } from "../../testing/hubbub.ts";
import { fill, Visitor } from "../../testing/page.ts";

const shared = sharedBrowser();

/** The library keeps its pipes to the browser open a little longer than a test. */
const options = { ignore: noBrowser, sanitizeResources: false, sanitizeOps: false };

const LOOK = { reducedMotion: "reduce", bypassCSP: true } as const;
const PHONE = { ...LOOK, viewport: { width: 360, height: 640 }, hasTouch: true } as const;

/** Does something with a message by its toolbar. */
async function act(message: Locator, action: string): Promise<void> {
  await message.hover();
  await message.getByRole("toolbar", { name: "Message actions" })
    .getByRole("button", { name: action, exact: true }).click();
}

/** Does something with a message by its menu. */
async function choose(visitor: Visitor, message: Locator, entry: string): Promise<void> {
  await act(message, "More");
  await visitor.page.locator(".message-menu").getByRole("button", { name: entry, exact: true })
    .click();
}

async function edit(visitor: Visitor, before: string, after: string): Promise<void> {
  await act(visitor.message(before), "Edit");
  await visitor.page.getByText("Editing message").waitFor();
  await visitor.send(after);
}

async function remove(visitor: Visitor, text: string): Promise<void> {
  await act(visitor.message(text), "Delete");
  await visitor.page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
}

Deno.test({
  ...options,
  name:
    "Another device shows each change of a message, and the read markers, also after it was offline",
  async fn() {
    await using browser = shared();
    await using hubbub = await Hubbub.start(["--data", ":memory:"]);
    const ann = await Visitor.arrive(browser, hubbub.url(), { name: "Ann", ...LOOK });
    const bob = await Visitor.arrive(browser, hubbub.url(), { name: "Bob", ...LOOK });
    await bob.send("hello");
    await ann.message("hello").waitFor();
    await ann.go("tea");
    for (const text of ["frist", "to go", "later", "liked"]) await ann.send(text);
    await ann.allSent();
    const phone = await Visitor.arrive(browser, hubbub.url("/#/tea"), {
      ...PHONE,
      storageState: await ann.page.context().storageState(),
    });
    const unread = phone.page.locator('.sidebar [role="img"][aria-label*="unread"]');
    const there = (emoji: string) =>
      phone.message("liked").getByRole("button", { name: new RegExp(`^${emoji}`) });
    const pin = phone.message("liked").getByRole("img", { name: "Pinned" });

    await edit(ann, "frist", "first");
    await phone.message("first").getByText("(edited)").waitFor();
    await remove(ann, "to go");
    await phone.message("This message was deleted by its author.").waitFor();
    await choose(ann, ann.message("liked"), "👍");
    await there("👍 1: you").waitFor();
    await choose(ann, ann.message("liked"), "Pin");
    await pin.waitFor();
    await bob.send("news");
    await unread.waitFor({ state: "attached" });
    await ann.go("lobby");
    await ann.message("news").waitFor();
    await unread.waitFor({ state: "detached" });

    await ann.go("tea");
    await phone.page.context().setOffline(true);
    await phone.status.getByText(/offline/i).waitFor();
    await edit(ann, "first", "first of all");
    await remove(ann, "later");
    await ann.message("liked").getByRole("button", { name: "👍 1: you" }).click();
    await choose(ann, ann.message("liked"), "❤️");
    await choose(ann, ann.message("liked"), "Unpin");
    await bob.send("more news");
    await ann.go("lobby");
    await ann.message("more news").waitFor();
    await phone.page.context().setOffline(false);
    await phone.message("first of all").waitFor();
    await there("❤️ 1: you").waitFor();
    await there("👍").waitFor({ state: "detached" });
    await pin.waitFor({ state: "detached" });
    await phone.page.locator(".deleted-note").nth(1).waitFor();
    assertEquals(await phone.texts(), ["first of all", "liked"]);
    await unread.waitFor({ state: "detached" });
    assertEquals([ann, bob, phone].flatMap(({ faults }) => faults), []);
  },
});

Deno.test({
  ...options,
  name:
    "An answer and an edit outlive a reload; quotes show old messages; a long press opens the menu",
  async fn() {
    await using browser = shared();
    await using hubbub = await Hubbub.start(["--data", ":memory:", "--rate", "0"]);
    const ann = await Visitor.arrive(browser, hubbub.url("/#/tea"), { name: "Ann", ...LOOK });
    const found: string[] = [];
    await ann.send("an old question");
    await ann.allSent();
    await fill(hubbub, 120, { room: "tea" });
    await ann.page.evaluate(`location.hash = "#/tea/1"`);

    // Its draft waits while another message is changed, both over a reload.
    await act(ann.message("an old question"), "Reply");
    await ann.box.fill("half an answer");
    await act(ann.message("an old question"), "Edit");
    await ann.box.fill("an old, better question");
    await ann.page.reload();
    await ann.page.getByText("Editing message").waitFor();
    assertEquals(await ann.box.inputValue(), "an old, better question");
    await ann.box.press("Enter");
    await ann.page.getByText("Editing message").waitFor({ state: "detached" });
    assertEquals(await ann.box.inputValue(), "half an answer");
    await act(ann.message("an old, better question"), "Reply");
    await ann.page.reload();
    await ann.page.getByText("Replying to Ann").waitFor();
    await checkLooks(ann.page, "replying after a reload", found);
    await ann.box.press("Enter");
    await ann.page.getByText("Replying to Ann").waitFor({ state: "detached" });
    await ann.allSent();
    await ann.page.reload();
    await ann.message("half an answer").waitFor();
    assertEquals(await ann.page.getByText("Replying to Ann").count(), 0);

    // The first message is not loaded here, but for its quote.
    const phone = await Visitor.arrive(browser, hubbub.url("/#/tea"), PHONE);
    const quote = phone.page.getByRole("button", {
      name: "Reply to Ann: an old, better question",
    });
    await quote.waitFor();
    assertEquals(await phone.page.locator(".text", { hasText: "an old" }).count(), 0);
    await ann.page.evaluate(`location.hash = "#/tea/1"`);
    await edit(ann, "an old, better question", "the best question");
    await phone.page.getByRole("button", { name: "Reply to Ann: the best question" }).waitFor();

    const answer = phone.message("half an answer");
    const box = await answer.locator(".text").boundingBox();
    if (box === null) throw new Error("The message is not shown");
    const devtools = await phone.page.context().newCDPSession(phone.page);
    const touch = (type: "touchStart" | "touchEnd", touchPoints: { x: number; y: number }[]) =>
      devtools.send("Input.dispatchTouchEvent", { type, touchPoints });
    await touch("touchStart", [{ x: box.x + 9, y: box.y + box.height / 2 }]);
    const menu = phone.page.getByRole("dialog", { name: "Message of Ann" });
    await menu.waitFor();
    await touch("touchEnd", []);
    await checkLooks(phone.page, "the menu of a long press", found);
    await menu.getByRole("button", { name: "👍", exact: true }).tap();
    await answer.getByRole("button", { name: "👍 1: you" }).waitFor();
    // A short one does nothing.
    await phone.page.touchscreen.tap(box.x + 9, box.y + box.height / 2);
    assertEquals(await menu.count(), 0);

    // The tone of skin that was chosen stays.
    await answer.getByRole("button", { name: "Add a reaction" }).tap();
    const picker = phone.page.getByRole("dialog", { name: "Choose an emoji" });
    await picker.getByRole("button", { name: "Medium", exact: true }).tap();
    await picker.getByRole("searchbox").fill("raising hands");
    await checkLooks(phone.page, "skin tones", found);
    await picker.getByRole("button", { name: "raising hands" }).tap();
    await answer.getByRole("button", { name: "🙌🏽 1: you" }).tap();
    await answer.getByRole("button", { name: "🙌🏽 1: you" }).waitFor({ state: "detached" });

    // Her message, his reaction: a moderator removes it.
    await ann.page.evaluate(`location.hash = "#/tea/122"`);
    await choose(ann, ann.message("half an answer"), "Who reacted");
    const people = ann.page.getByRole("dialog", { name: "Who reacted" });
    await people.getByText(/^guest-/).waitFor();
    await checkLooks(ann.page, "who reacted, for moderators", found);
    await people.getByRole("button", { name: "Remove 👍 for everyone" }).click();
    await people.getByText("Nobody any more.").waitFor();
    await answer.getByRole("button", { name: "👍 1: you" }).waitFor({ state: "detached" });
    assertEquals(found, []);
    assertEquals([ann, phone].flatMap(({ faults }) => faults), []);
  },
});
