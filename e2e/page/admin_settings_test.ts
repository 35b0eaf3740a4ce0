/// <reference lib="dom" />
/** The settings of the chat at the page, and their effect on those who have it open. */
import { LOOKED_AT, openAdminScene } from "../../testing/admin_scene.ts";
import { assertEquals } from "../../testing/assert.ts";
import { checkLooks } from "../../testing/axe.ts";
import { noBrowser } from "../../testing/browser.ts";

/** The library keeps its pipes to the browser open a little longer than a test. */
const options = { ignore: noBrowser, sanitizeResources: false, sanitizeOps: false };

Deno.test({
  ...options,
  name: "an admin changes the settings at the page, and every open page follows at once",
  async fn() {
    await using scene = await openAdminScene();
    const { ann, region } = scene;
    const eve = await scene.arrive({ ...LOOKED_AT, locale: "zh-CN" });
    await scene.appoint();
    const { page } = ann;
    const found: string[] = [];

    // Everybody sees who the admins are.
    await eve.page.getByRole("list", { name: "成员" }).getByRole("listitem")
      .filter({ hasText: "Ann" }).getByRole("img", { name: "管理员" }).waitFor();
    await page.getByRole("button", { name: "Ann, Admin, Settings" }).waitFor();

    // With the keyboard alone.
    await page.getByRole("link", { name: "Administration" }).press("Enter");
    await region.getByRole("tab", { name: "People" }).press("ArrowRight");
    await region.getByRole("tab", { name: "Rooms" }).press("ArrowRight");
    await region.getByRole("tab", { name: "Invites" }).press("ArrowRight");
    // On a phone the tabs are one row, in which the chosen one is in view.
    await page.setViewportSize({ width: 390, height: 844 });
    const tops = await region.getByRole("tab").evaluateAll((tabs) =>
      tabs.map((tab) => tab.getBoundingClientRect().top)
    );
    assertEquals(new Set(tops).size, 1, `${tops}`);
    await region.getByRole("tab", { name: "Settings" }).press("End");
    const edge = await region.getByRole("tab", { selected: true }).evaluate((tab) =>
      tab.getBoundingClientRect().right
    );
    assertEquals(edge <= 390, true, `${edge}`);
    await region.getByRole("tab", { name: "Audit" }).press("Home");
    for (const tab of ["People", "Rooms", "Invites"]) {
      await region.getByRole("tab", { name: tab }).press("ArrowRight");
    }
    await page.setViewportSize({ width: 1280, height: 720 });
    const name = region.getByRole("textbox", { name: "Name of the chat" });
    await name.fill("Tea & Träume");
    await name.press("Enter");
    await region.getByText("Saved.").waitFor();
    await eve.page.getByRole("navigation").getByText("Tea & Träume").waitFor();
    await eve.page.waitForFunction(`document.title.endsWith("· Tea & Träume")`);

    const welcome = region.getByRole("textbox", { name: "Welcome text" });
    await welcome.fill("Be kind.\n欢迎 <b>");
    await welcome.press("Tab");
    await page.keyboard.press("Enter");
    const row = eve.page.locator(".welcome");
    await row.getByText("欢迎 <b>").waitFor();
    await row.getByText("Tea & Träume").waitFor();
    await checkLooks(eve.page, "welcome", found);

    await region.getByRole("radio", { name: "Admins" }).check();
    await eve.page.evaluate(`location.hash = "#/tea-room"`);
    await eve.page.getByText("你不能在这里新建房间").waitFor();
    await eve.page.evaluate(`location.hash = "#/lobby"`);

    const guests = region.getByRole("switch", { name: "Guests may write" });
    await guests.press(" ");
    await eve.page.locator(".silence").getByText("只有设置了昵称的人").waitFor();
    assertEquals(await guests.isChecked(), false);
    await checkLooks(eve.page, "guests can't write", found);
    const previews = region.getByRole("switch", { name: "Show previews of links" });
    assertEquals(await previews.isChecked(), false);
    await previews.press(" ");
    await region.locator(".settings-form").filter({ hasText: "Show previews of links" })
      .getByText("Saved.").waitFor();
    const keep = region.locator("form").filter({ hasText: "How long are messages kept?" });
    await keep.getByRole("combobox").selectOption("90 days");
    await keep.getByRole("button", { name: "Save" }).press("Enter");
    await keep.getByText("Saved.").waitFor();
    assertEquals(await keep.getByRole("combobox").inputValue(), "90");
    await checkLooks(page, "settings", found);
    await eve.page.locator(".silence button").click();
    await eve.page.keyboard.press("Escape");

    const newcomers = region.getByRole("textbox", { name: "Rooms of newcomers" });
    assertEquals(await newcomers.inputValue(), "#lobby");
    await newcomers.fill("#lobby what?");
    await newcomers.press("Enter");
    await region.getByRole("alert").getByText("These are not").waitFor();
    await checkLooks(page, "no rooms for newcomers", found);
    await newcomers.fill("#lobby, Tea  lobby");
    await newcomers.press("Enter");
    await page.waitForFunction(() =>
      [...document.querySelectorAll("input")].some(({ value }) => value === "#lobby #tea")
    );
    const dora = await scene.arrive({ name: "Dora" });
    await dora.page.getByRole("list", { name: "Rooms" }).getByRole("link", { name: "tea" })
      .waitFor();

    // The rooms: an admin sees private ones from outside, and enters them in everybody's sight.
    await region.getByRole("radio", { name: "People with a name" }).check();
    await dora.page.getByRole("button", { name: "New room" }).click();
    const dialog = dora.page.getByRole("dialog", { name: "New room" });
    await dialog.getByLabel("Name").fill("#Board");
    await dialog.getByRole("radio", { name: "Added people" }).check();
    await dialog.getByRole("button", { name: "Create room" }).click();
    await dora.title("Board").waitFor();
    await dora.send("between these walls");
    await dora.allSent();
    await region.getByRole("tab", { name: "Rooms" }).click();
    await region.getByRole("button", { name: "Manage #lobby" }).waitFor();
    await region.getByRole("searchbox", { name: "Search rooms" }).fill("tea");
    await region.getByRole("button", { name: "Manage #lobby" }).waitFor({ state: "detached" });
    await region.getByRole("searchbox", { name: "Search rooms" }).fill("");
    await region.getByRole("button", { name: "Manage #lobby" }).click();
    await region.getByRole("button", { name: "Archive room" }).click();
    await region.getByRole("group", { name: "Archive room" })
      .getByRole("button", { name: "Archive room" }).click();
    await region.getByText("Archived", { exact: true }).waitFor();
    await region.getByRole("button", { name: "Reopen room" }).click();
    await region.getByText("Archived", { exact: true }).waitFor({ state: "detached" });
    await region.getByRole("radio", { name: "Private" }).check();
    await region.getByRole("button", { name: "Manage Board" }).click();
    await region.getByRole("button", { name: "Become a member…" }).click();
    await checkLooks(page, "rooms", found);
    await region.getByRole("button", { name: "Become a member", exact: true }).click();
    await ann.title("Board").waitFor();
    await ann.message("between these walls").waitFor();
    await page.evaluate(`location.hash = "#/admin/settings"`);

    // Nothing stands beside the screen of a phone.
    await page.setViewportSize({ width: 360, height: 700 });
    await region.getByRole("tab", { name: "Audit log" }).click({ trial: true });
    assertEquals(await page.evaluate(() => document.documentElement.scrollWidth), 360);
    await page.setViewportSize({ width: 1280, height: 720 });

    // A change by another admin is shown; a text being written stays.
    const second = await scene.arrive({ storageState: await page.context().storageState() });
    await second.page.evaluate(`location.hash = "#/admin/settings"`);
    await second.page.getByRole("textbox", { name: "Name of the chat" }).fill("Coffee");
    await name.fill("Cocoa");
    await second.page.keyboard.press("Enter");
    await eve.page.getByRole("navigation").getByText("Coffee").waitFor();
    assertEquals(await name.inputValue(), "Cocoa");
    await name.press("Enter");
    await eve.page.getByRole("navigation").getByText("Cocoa").waitFor();

    await region.getByRole("tab", { name: "Settings" }).press("End");
    const entries = region.getByRole("listitem").locator("> span");
    await entries.filter({ hasText: "“Cocoa”" }).waitFor();
    const texts = await entries.allInnerTexts();
    assertEquals(texts.map((text) => text.replace(/~\w+/, "~…")), [
      "Ann named the chat “Cocoa”",
      "Ann named the chat “Coffee”",
      "Ann became a member of the private room ~…",
      "Ann changed the room #lobby: reopened",
      "Ann changed the room #lobby: archived",
      "Ann let only people with a name create rooms",
      "Ann chose the rooms of newcomers: #lobby #tea",
      "Ann let messages be deleted after 90 days",
      "Ann turned on previews of links",
      "Ann kept guests from writing",
      "Ann let only admins create rooms",
      "Ann changed the welcome text: “Be kind. 欢迎 <b>”",
      "Ann named the chat “Tea & Träume”",
      "The server's console made Ann an admin",
    ]);
    assertEquals([found, ann.faults, eve.faults, ann.alerts], [[], [], [], []]);
  },
});
