/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
/** An admin at the page, and the effects that others see. */
import type { Locator } from "playwright-core";
import { openAdminScene } from "../../testing/admin_scene.ts";
import { assert, assertEquals } from "../../testing/assert.ts";
import { checkLooks } from "../../testing/axe.ts";
import { noBrowser } from "../../testing/browser.ts";

/** The library keeps its pipes to the browser open a little longer than a test. */
const options = { ignore: noBrowser, sanitizeResources: false, sanitizeOps: false };

Deno.test({
  ...options,
  name: "an admin mutes, bans and lets in again at the page, and the others see it at once",
  async fn() {
    await using scene = await openAdminScene();
    const { ann, region } = scene;
    const bob = await scene.arrive({ name: "Bob" });
    const { page } = ann;
    const found: string[] = [];

    const link = page.getByRole("link", { name: "Administration" });
    assertEquals(await link.count(), 0);
    await scene.appoint();
    await link.waitFor();
    await page.getByRole("list", { name: "People" }).getByRole("img", { name: "Admin" }).waitFor();

    await link.click();
    const people = region.getByRole("list", { name: "People" });
    await people.getByRole("listitem").nth(1).waitFor();
    const row = (name: string): Locator =>
      people.getByRole("listitem").filter({
        has: page.getByRole("button", { name: `Manage ${name}` }),
      });
    const press = (name: string): Promise<void> =>
      region.getByRole("button", { name, exact: true }).click();
    await region.getByRole("searchbox", { name: "Search people" }).fill("bo");
    await row("Ann").waitFor({ state: "detached" });

    // With the keyboard alone.
    await page.getByRole("button", { name: "Manage Bob" }).press("Enter");
    await region.getByRole("button", { name: "Mute…" }).press("Enter");
    await checkLooks(page, "mute", found);
    await page.keyboard.press("Escape");
    await region.getByRole("button", { name: "Mute…" }).press("Enter");
    await region.getByRole("radio", { name: "1 hour" }).waitFor();
    await page.keyboard.press("Enter");
    await row("Bob").getByText("Muted until").waitFor();
    await row("Bob").getByText("Muted.").waitFor();
    await bob.page.locator(".silence").getByText("An admin has muted you.").waitFor();
    assertEquals(await bob.box.isDisabled(), true);

    await press("Unmute");
    await bob.page.locator(".silence").waitFor({ state: "detached" });
    await bob.send("Here I am.");
    await bob.allSent();

    await press("Ban…");
    await region.getByRole("textbox", { name: "Reason" }).fill("Sold watches");
    await checkLooks(page, "ban", found);
    const opened: string[] = [];
    bob.page.on("websocket", (socket) => opened.push(socket.url()));
    await press("Ban");
    await row("Bob").getByText("Banned", { exact: true }).waitFor();
    await row("Bob").getByText("“Sold watches”").waitFor();
    await bob.status.getByText("You have been banned from this chat.").waitFor();
    assertEquals(await bob.box.isDisabled(), true);
    await bob.page.evaluate(() => dispatchEvent(new Event("online")));
    assertEquals(opened, [], "a banned page connects again");
    await bob.page.reload();
    await bob.status.getByText("You have been banned from this chat.").waitFor();

    // The server says no, in plain words and beside the person.
    await region.getByRole("searchbox", { name: "Search people" }).fill("");
    await page.getByRole("button", { name: "Manage Ann" }).click();
    await press("Remove as admin");
    await press("Remove as admin");
    await row("Ann").getByRole("alert").getByText("This is the last admin.").waitFor();
    await checkLooks(page, "people", found);

    await page.getByRole("button", { name: "Manage Bob" }).click();
    await press("Lift ban");
    await row("Bob").getByText("May come in again.").waitFor();
    await bob.page.reload();
    await bob.page.locator(".connection.open").waitFor({ state: "attached" });

    await region.getByRole("tab", { name: "People" }).press("End");
    const entry = region.getByRole("listitem");
    await entry.filter({ hasText: "lifted the ban" }).waitFor();
    assertEquals(
      (await entry.locator("> span").allInnerTexts()).map((text) => text.split(" until ")[0]),
      [
        "Ann lifted the ban on Bob",
        "Ann banned Bob\n“Sold watches”",
        "Ann unmuted Bob",
        "Ann muted Bob",
        "The server's console made Ann an admin",
      ],
    );
    await checkLooks(page, "audit log", found);

    assert(page.url().endsWith("#/admin/audit"), page.url());
    await page.reload();
    await entry.filter({ hasText: "lifted the ban" }).waitFor();
    await page.getByRole("list", { name: "Rooms" }).getByRole("link").first().click();
    await region.waitFor({ state: "detached" });
    await ann.message("Here I am.").waitFor();
    assertEquals([found, ann.faults, bob.faults, ann.alerts], [[], [], [], []]);
  },
});

Deno.test({
  ...options,
  name: "the administration is loaded by admins alone, and a room may be called admin",
  async fn() {
    await using scene = await openAdminScene();
    const { ann } = scene;
    const scripts: string[] = [];
    ann.page.on("request", (request) => scripts.push(new URL(request.url()).pathname));
    await ann.page.evaluate(`location.hash = "#/admin/people"`);
    await ann.page.getByText("Only admins can see this.").waitFor();
    assertEquals(scripts.filter((path) => path.startsWith("/administration")), []);
    await ann.page.getByRole("link", { name: "Back to #lobby" }).click();
    await ann.box.waitFor();
    await ann.go("admin");
    assert(ann.page.url().endsWith("#/admin"), ann.page.url());
    await ann.send("A room like any other.");
    await ann.message("A room like any other.").waitFor();
  },
});
