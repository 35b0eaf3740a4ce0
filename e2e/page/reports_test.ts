/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
/** Reporting messages and people at the page, and moderators and admins who see the reports. */
import { assert, assertEquals } from "../../testing/assert.ts";
import { checkLooks } from "../../testing/axe.ts";
import { launch, noBrowser } from "../../testing/browser.ts";
import { temporaryFolder } from "../../testing/folder.ts";
import { Hubbub, runHubbub } from "../../testing/hubbub.ts";
import { shownFor, Visitor } from "../../testing/page.ts";
import { drawPicture, give } from "../../testing/pictures.ts";

/** The library keeps its pipes to the browser open a little longer than a test. */
const options = { ignore: noBrowser, sanitizeResources: false, sanitizeOps: false };

Deno.test({
  ...options,
  name: "Reports reach moderators and admins, who close them; the reported person sees nothing",
  async fn() {
    await using folder = await temporaryFolder();
    const data = ["--data", `${folder.path}/chat.db`];
    await using hubbub = await Hubbub.start(data);
    await using browser = await launch();
    const look = { reducedMotion: "reduce", bypassCSP: true } as const;
    const ann = await Visitor.arrive(browser, hubbub.url(), { name: "Ann", ...look });
    const mod = await Visitor.arrive(browser, hubbub.url(), { name: "Mod", ...look });
    const root = await Visitor.arrive(browser, hubbub.url(), { name: "Root", ...look });
    const bob = await Visitor.arrive(browser, hubbub.url(), { name: "Bob" });
    const granted = await runHubbub(["admin", ...data, "Root"]);
    assertEquals(granted.code, 0, granted.stderr);
    const found: string[] = [];
    await mod.go("tea");
    await mod.send("welcome to tea");
    await mod.allSent();
    for (const visitor of [bob, ann]) {
      await visitor.page.evaluate(`location.hash = "#/tea"`);
      await visitor.message("welcome to tea").waitFor();
    }
    await bob.send("you are all fools");
    await bob.send("and more");
    await ann.message("and more").waitFor();

    // By keyboard: from the log to the newest message, up, and Enter.
    const log = ann.page.getByRole("log", { name: "Messages" });
    await log.focus();
    await log.press("Enter");
    const focused = ann.page.locator(".message-actions button:focus");
    await focused.press("ArrowUp");
    await ann.message("fools").locator("button:focus").waitFor();
    await checkLooks(ann.page, "message actions", found);
    // Behind reacting, answering and the link there is the rest.
    for (let i = 0; i < 3; i++) await focused.press("ArrowRight");
    await ann.message("fools").locator(".more:focus").press("Enter");
    const menu = ann.page.locator(".message-menu");
    await menu.waitFor();
    await ann.page.keyboard.press("ArrowUp");
    await menu.getByRole("button", { name: "Report message" }).and(menu.locator(":focus"))
      .press("Enter");
    const dialog = ann.page.getByRole("dialog", { name: "Report a message of Bob" });
    await dialog.getByText("you are all fools").waitFor();
    await dialog.getByRole("button", { name: "Report", exact: true }).click();
    await dialog.getByText("Say what is wrong.").waitFor();
    await checkLooks(ann.page, "report", found);
    const thanks = shownFor(ann.page, ".toast", "Reported. Thank you.");
    await dialog.getByRole("textbox", { name: "What is wrong?" }).fill("That is rude");
    await dialog.getByRole("button", { name: "Report", exact: true }).click();
    await thanks;
    await dialog.waitFor({ state: "detached" });

    // The moderator of the room sees it at once.
    await mod.page.getByRole("button", { name: "1 open report" }).click();
    const reports = mod.page.getByRole("dialog", { name: "Reports" });
    await reports.getByText("you are all fools").waitFor();
    await reports.getByText("That is rude").waitFor();
    await reports.getByText("reported by Ann").waitFor();
    // Its author edits it; a person who reports it then has seen another text.
    await bob.message("fools").locator(".more").dispatchEvent("click");
    await bob.page.locator(".message-menu .lucide-pencil").click();
    await bob.page.locator(".composing").waitFor();
    await bob.page.locator("#composer").fill("you are all great");
    await bob.page.locator("#composer").press("Control+Enter");
    await mod.message("you are all great").waitFor();
    await root.page.evaluate(`location.hash = "#/tea"`);
    await root.message("great").locator(".more").dispatchEvent("click");
    await root.page.locator(".message-menu .lucide-flag").click();
    await root.page.locator("dialog textarea").fill("Was worse before");
    await root.page.locator("dialog button.primary").click();
    await root.page.locator("dialog").waitFor({ state: "detached" });
    await reports.getByText("It was edited. The text then:").waitFor();
    await reports.getByText("you are all great").waitFor();
    await reports.getByText("you are all fools").waitFor();
    await checkLooks(mod.page, "reports of a moderator", found);

    // So does the admin, and a second one about a person, made from the card of that person.
    await ann.page.getByRole("list", { name: "People" }).getByRole("button", { name: "Bob" })
      .click();
    await ann.page.getByRole("button", { name: "Report…" }).click();
    const about = ann.page.getByRole("dialog", { name: "Report Bob" });
    await about.getByRole("textbox", { name: "What is wrong?" }).fill("Rude everywhere");
    await about.getByRole("textbox", { name: "What is wrong?" }).press("Tab");
    await about.getByRole("button", { name: "Report", exact: true }).press("Enter");
    await about.waitFor({ state: "detached" });
    await root.page.getByRole("button", { name: "2 open reports" }).click();
    const region = root.page.getByRole("region", { name: "Administration" });
    assertEquals(
      await region.getByRole("tab", { name: "Reports" }).getAttribute("aria-selected"),
      "true",
    );
    const items = region.locator(".reports > ul > li");
    await items.nth(1).waitFor();
    await checkLooks(root.page, "reports of an admin", found);

    // The moderator removes what Bob has written in the room, from the report; what it says stays until it is closed.
    const removing = reports.getByRole("button", { name: "Remove messages in #tea…" });
    await removing.press("Enter");
    const question = reports.getByRole("group", { name: "Remove messages in #tea…" });
    await question.getByRole("radio", { name: "Last hour" }).check();
    await checkLooks(mod.page, "remove from a report", found);
    await question.getByRole("button", { name: "Remove messages" }).press("Enter");
    await mod.page.locator(".toast").getByText("2 messages removed.").waitFor();
    // One line stands for both.
    const placeholder = ann.page.getByText("2 messages were deleted by a moderator.");
    await placeholder.waitFor();
    assertEquals(await log.getByText("deleted by a moderator").count(), 1);
    await checkLooks(ann.page, "several deleted messages", found);
    await reports.getByText("you are all fools").waitFor();
    // The admin removes the rest from the card of the person.
    await bob.page.evaluate(`location.hash = "#/lobby"`);
    await bob.send("and elsewhere");
    await bob.allSent();
    await items.first().getByRole("button", { name: "Bob" }).click();
    const card = root.page.getByRole("dialog", { name: "Bob" });
    await card.getByRole("button", { name: "Remove messages…", exact: true }).click();
    await card.getByRole("group", { name: "Which messages?" }).getByRole("radio", { name: "All" })
      .check();
    await checkLooks(root.page, "remove from a card", found);
    await card.getByRole("button", { name: "Remove messages", exact: true }).click();
    await card.getByText("1 message removed.").waitFor();
    await root.page.keyboard.press("Escape");
    await items.filter({ hasText: "fools" }).getByRole("button", { name: "Done" }).press("Enter");
    await items.filter({ hasText: "fools" }).waitFor({ state: "detached" });
    await reports.getByText("No open reports.").waitFor();
    await items.first().getByRole("button", { name: "Dismiss" }).click();
    await region.getByText("No open reports.").waitFor();
    await region.getByRole("tab", { name: "Audit log" }).click();
    await region.getByText("Root closed a report about Bob").waitFor();
    await region.getByText("Root dismissed a report about Bob").waitFor();

    // A file of a private room: the admin sees it for the report, which is recorded.
    await mod.page.keyboard.press("Escape");
    await mod.page.getByRole("button", { name: "New room" }).click();
    const making = mod.page.getByRole("dialog", { name: "New room" });
    await making.getByLabel("Name").fill("Board");
    await making.getByRole("radio", { name: "Added people" }).check();
    await making.getByRole("button", { name: "Create room" }).click();
    await mod.title("Board").waitFor();
    await give(mod.page, "paste", [
      await drawPicture(mod.page, { name: "rude.png", size: [60, 40] }),
    ]);
    await mod.page.locator(".tray-item").first().waitFor();
    await mod.page.locator(".tray progress").first().waitFor({ state: "detached" });
    await mod.send("look at this");
    await mod.allSent();
    await mod.chooseInMenu("Add people");
    await mod.page.getByRole("combobox", { name: "Search people" }).fill("ann");
    await mod.page.getByRole("option", { name: "Ann" }).click();
    await mod.page.getByRole("dialog", { name: "Add people" })
      .getByRole("button", { name: "Add", exact: true }).click();
    await ann.page.getByRole("list", { name: "Rooms" }).getByRole("link", { name: "Board" })
      .click();
    await ann.message("look at this").locator(".more").dispatchEvent("click");
    await ann.page.locator(".message-menu .lucide-flag").click();
    await ann.page.locator("dialog textarea").fill("Not here");
    await ann.page.locator("dialog button.primary").click();
    await region.getByRole("tab", { name: "Reports" }).click();
    const sealed = items.filter({ hasText: "look at this" });
    await sealed.getByText("the audit log records that you look").waitFor();
    await checkLooks(root.page, "sealed files", found);
    await sealed.getByRole("button", { name: "Show the file" }).press("Enter");
    const shown = sealed.getByRole("link", { name: "rude.png" });
    await shown.waitFor();
    await root.page.waitForFunction(() =>
      [...document.querySelectorAll<HTMLImageElement>(".reported-files img")]
        .some(({ naturalWidth }) => naturalWidth > 0)
    );
    await checkLooks(root.page, "files of a report", found);
    await region.getByRole("tab", { name: "Audit log" }).click();
    await region.getByText("Root looked at the files of a reported message of Mod").waitFor();

    // Nothing of it is at the page of the one who was reported.
    assertEquals(await bob.page.getByText(/report/i).count(), 0);
    assert(!(await bob.page.content()).includes("rude"));
    const faults = [ann, mod, root, bob].flatMap((visitor) => visitor.faults);
    assertEquals([found, faults], [[], []]);
  },
});
