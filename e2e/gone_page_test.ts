/** What is open at the page when the message or the room that it is about goes away. */
import { assert, assertEquals } from "../testing/assert.ts";
import { launch, noBrowser } from "../testing/browser.ts";
import { basic, ChatClient } from "../testing/chat_client.ts";
import { Hubbub } from "../testing/hubbub.ts";
import { Visitor } from "../testing/page.ts";

/** The library keeps its pipes to the browser open a little longer than a test. */
const options = { ignore: noBrowser, sanitizeResources: false, sanitizeOps: false };

/** Opens what can be done with a message. */
async function openMenu({ page }: Visitor, text: string): Promise<void> {
  await page.locator(".message", { hasText: text }).hover();
  await page.locator(".message", { hasText: text }).getByRole("button", { name: "More" }).click();
  await page.getByRole("dialog", { name: "Message of ann" }).waitFor();
}

/** The label of the element that has the focus, and whether it is in a dialog. */
function focused({ page }: Visitor): Promise<[string | null, boolean]> {
  return page.evaluate(`[
    document.activeElement.getAttribute("aria-label"),
    document.activeElement.closest("dialog") !== null,
  ]`);
}

Deno.test({
  ...options,
  name: "the page ends what is open about a message or a room that has gone",
  async fn() {
    await using hubbub = await Hubbub.start();
    await using browser = await launch();
    await using ann = await ChatClient.enter(hubbub.port, ["lobby"], basic("ann:a secret of ann"));
    const bob = await Visitor.arrive(browser, hubbub.url(), { name: "Bob" });
    const { page } = bob;
    const dialog = page.getByRole("dialog");
    const { user } = await ann.say("who is there?").then(() => bob.send("me")).then(() =>
      ann.take("message", ({ text }) => text === "me")
    );

    // A reply, over a reload, and what can be done.
    const first = await ann.say("no longer true");
    await bob.message("no longer true").hover();
    await bob.message("no longer true").getByRole("button", { name: "Reply" }).click();
    const about = page.locator(".composing-text");
    await about.getByText("no longer true").waitFor();
    await openMenu(bob, "no longer true");
    await dialog.getByRole("button", { name: "Copy text" }).focus();
    await ann.succeed({ type: "delete", room: "lobby", seq: first.seq });
    await dialog.getByRole("button", { name: "Copy text" }).waitFor({ state: "detached" });
    assertEquals(await dialog.getByRole("button", { name: "Reply" }).count(), 0);
    assertEquals((await focused(bob))[1], true);
    await page.keyboard.press("Escape");
    await about.getByText("Deleted message").waitFor();
    await page.reload();
    await about.getByText("Deleted message").waitFor();
    await page.getByRole("button", { name: "Cancel reply" }).click();

    await ann.say("one more");
    await bob.message("one more").waitFor();

    // A private room.
    const made = await ann.succeed({
      ...{ type: "create", kind: "private", title: "Staff", topic: "" },
      history: "all",
    });
    assert(made.type === "created");
    const { room } = made;
    await ann.join(room);
    await ann.say("between us", room);
    const add = async () => {
      await ann.succeed({ type: "add", room, person: user.id });
      await page.getByRole("link", { name: "Staff" }).click();
      await bob.message("between us").waitFor();
    };
    const remove = async () => {
      await ann.succeed({ type: "remove", room, person: user.id });
      await bob.title("lobby").waitFor();
      await dialog.waitFor({ state: "detached" });
    };
    await add();
    await openMenu(bob, "between us");
    await remove();
    assertEquals(await focused(bob), ["Message", false]);
    await openMenu(bob, "one more");
    await page.keyboard.press("Escape");
    await add();
    assertEquals(await dialog.count(), 0);
    for (const item of ["Leave room", "Room settings", "Files", "Jump to date"]) {
      await bob.chooseInMenu(item);
      await dialog.waitFor();
      await remove();
      await add();
    }
    assertEquals(bob.faults, []);

    // A page that can't load the part with the words for it tells it in others.
    const eve = await Visitor.arrive(browser, "about:blank");
    await eve.page.route(/\/later_dialogs-\w+\.js$/, (route) => route.abort());
    await eve.page.goto(hubbub.url());
    await eve.takeName("Eve");
    await eve.send("me, too");
    const { user: { id: person } } = await ann.take("message", ({ text }) => text === "me, too");
    await ann.succeed({ type: "add", room, person });
    await eve.page.getByRole("link", { name: "Staff" }).click();
    await eve.box.fill("half a thought");
    await ann.succeed({ type: "remove", room, person });
    const toast = eve.page.getByRole("status").filter({ hasText: "Staff" });
    await toast.getByText("Staff: There is no such room. · 1 unsent message").waitFor();
    assertEquals(eve.faults, []);
  },
});
