/// <reference lib="dom" />
/** The settings of the chat at the page, and their effect on those who have it open. */
import { assertEquals } from "../../testing/assert.ts";
import { checkLooks } from "../../testing/axe.ts";
import { launch, noBrowser } from "../../testing/browser.ts";
import { temporaryFolder } from "../../testing/folder.ts";
import { Hubbub, runHubbub } from "../../testing/hubbub.ts";
import { Visitor } from "../../testing/page.ts";

/** The library keeps its pipes to the browser open a little longer than a test. */
const options = { ignore: noBrowser, sanitizeResources: false, sanitizeOps: false };

/** The longest wait for anything, in ms: a busy machine takes its time. */
const PATIENCE = 120_000;

Deno.test({
  ...options,
  name: "an admin changes the settings at the page, and every open page follows at once",
  async fn() {
    await using folder = await temporaryFolder();
    const data = ["--data", `${folder.path}/chat.db`];
    await using hubbub = await Hubbub.start(data);
    await using browser = await launch();
    const look = { reducedMotion: "reduce", bypassCSP: true, patience: PATIENCE } as const;
    const ann = await Visitor.arrive(browser, hubbub.url(), { name: "Ann", ...look });
    const eve = await Visitor.arrive(browser, hubbub.url(), { ...look, locale: "zh-CN" });
    assertEquals((await runHubbub(["admin", ...data, "Ann"])).code, 0);
    const { page } = ann;
    const found: string[] = [];

    // Everybody sees who is in charge.
    await eve.page.getByRole("list", { name: "成员" }).getByRole("listitem")
      .filter({ hasText: "Ann" }).getByRole("img", { name: "管理员" }).waitFor();
    await page.getByRole("button", { name: "Ann, Admin, Settings" }).waitFor();

    // With the keyboard alone.
    await page.getByRole("link", { name: "Administration" }).press("Enter");
    const region = page.getByRole("region", { name: "Administration" });
    await region.getByRole("tab", { name: "People" }).press("ArrowRight");
    await region.getByRole("tab", { name: "Invites" }).press("ArrowRight");
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
    await checkLooks(page, "settings", found);
    await eve.page.locator(".silence button").click();
    await eve.page.keyboard.press("Escape");

    // What another admin saves is shown, and what one is writing stays.
    const second = await Visitor.arrive(browser, hubbub.url(), {
      storageState: await page.context().storageState(),
      patience: PATIENCE,
    });
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
    assertEquals(await entries.allInnerTexts(), [
      "Ann named the chat “Cocoa”",
      "Ann named the chat “Coffee”",
      "Ann kept guests from writing",
      "Ann let only admins create rooms",
      "Ann changed the welcome text: “Be kind. 欢迎 <b>”",
      "Ann named the chat “Tea & Träume”",
      "The server's console made Ann an admin",
    ]);
    assertEquals([found, ann.faults, eve.faults, ann.alerts], [[], [], [], []]);
  },
});
