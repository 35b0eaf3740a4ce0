/**
 * The views of rooms with doors: their dialogs, and what those change.
 *
 * @module
 */
import { MESSAGE_VIEWS } from "./message_views.ts";
import type { View } from "./view.ts";

/** The views, which begin and end in some room. */
export const ROOM_VIEWS: readonly View[] = [
  {
    name: "new-room",
    async show({ visitor: { page } }) {
      await page.keyboard.press("Escape");
      // In a drawer on phones.
      await page.locator(".rooms > header:first-child button:last-child").dispatchEvent("click");
      await page.locator("dialog .room-form input").first().fill("Book club");
      await page.locator("dialog .room-form input").nth(1).fill("Chapter four by Thursday");
      await page.locator("dialog input[value=private], dialog .segments input").nth(1).check();
      await page.locator("dialog .segments").nth(1).waitFor();
    },
  },
  {
    name: "private-room",
    async show({ visitor: { page } }) {
      await page.locator("dialog button[type=submit]").click();
      await page.locator(".room-header .topic").waitFor();
      await page.locator(".empty").waitFor();
    },
  },
  {
    name: "add-people",
    async show({ visitor: { page } }) {
      await page.locator(".empty button").click();
      await page.locator(".found-people li").nth(2).waitFor();
      await page.locator(".picker input").fill("on");
      await page.locator(".found-people li").first().click();
      await page.locator(".chosen li").waitFor();
    },
  },
  {
    name: "room-settings",
    async show({ visitor: { page } }) {
      await page.locator("dialog button[type=submit]").click();
      await page.locator("dialog").waitFor({ state: "detached" });
      await page.locator("#composer").fill("Welcome, everyone");
      await page.locator("#composer").press("Control+Enter");
      await page.locator(".menu > button").click();
      await page.locator(".menu [role=menuitem]").first().click();
      await page.locator("dialog .member").nth(1).waitFor();
    },
  },
  {
    name: "room-settings-remove",
    async show({ visitor: { page } }) {
      await page.locator("dialog .member button").first().click();
      await page.locator("dialog .member-actions .danger").click();
      await page.locator("dialog .question input").fill("The book is another one");
    },
  },
  {
    name: "room-settings-delete",
    async show({ visitor: { page } }) {
      await page.locator("dialog .question .no").click();
      await page.locator("dialog section:last-child .danger").last().click();
      await page.locator("dialog .question").waitFor();
    },
  },
  {
    name: "person-card",
    async show({ visitor: { page } }) {
      await page.keyboard.press("Escape");
      await page.evaluate(`location.hash = "#/lobby"`);
      await page.locator(".author button").last().click();
      await page.locator("dialog.card .card-actions button").first().waitFor();
    },
  },
  {
    name: "direct-room",
    async show({ visitor: { page } }) {
      await page.locator("dialog.card button.primary").click();
      await page.locator("dialog").waitFor({ state: "detached" });
      await page.locator("#composer").fill("Do you have a minute?");
      await page.locator("#composer").press("Control+Enter");
      await page.locator(".message").waitFor();
    },
  },
  {
    name: "room-directory",
    async show({ visitor: { page } }) {
      await page.locator(".more-rooms").dispatchEvent("click");
      await page.locator(".directory-list li").nth(3).waitFor();
    },
  },
  {
    name: "room-directory-no-match",
    async show({ visitor: { page } }) {
      await page.locator("dialog input[type=search]").fill("pandas");
      await page.locator("dialog .hint:not(:empty)").last().waitFor();
    },
  },
  {
    name: "unread-of-members",
    async show({ visitor: { page }, say }) {
      await page.locator("dialog header .icon").click();
      await page.evaluate(`location.hash = "#/lobby"`);
      for (const text of ["One", "@Mira two", "@Mira three"]) {
        await say({ name: "Jonas", room: "reading", text });
      }
      await page.locator(".mentioned").waitFor({ state: "attached" });
    },
  },
  ...MESSAGE_VIEWS,
  {
    name: "report-message",
    async show({ visitor: { page } }) {
      await page.keyboard.press("Escape");
      const message = page.locator(".message", { has: page.locator(".reaction") });
      await message.locator(".more").dispatchEvent("click");
      await page.locator(".message-menu .lucide-flag").click();
      await page.locator("dialog textarea").fill("This is not what the room is for");
    },
  },
  {
    name: "settings-ignored-people",
    async show({ visitor: { page } }) {
      await page.keyboard.press("Escape");
      await page.locator(".author button").first().click();
      await page.locator("dialog.card .card-actions button").nth(2).click();
      await page.locator("dialog.card .hint").first().waitFor();
      await page.keyboard.press("Escape");
      // In a drawer on phones.
      await page.locator(".me").dispatchEvent("click");
      await page.locator("dialog .do-not-disturb button").first().click();
      await page.locator("dialog .ignored-people").scrollIntoViewIfNeeded();
    },
  },
  {
    name: "ignored-person",
    async show({ visitor: { page } }) {
      await page.locator("dialog .do-not-disturb button").click();
      await page.keyboard.press("Escape");
      await page.locator(".ignored-note").first().scrollIntoViewIfNeeded();
    },
  },
];
