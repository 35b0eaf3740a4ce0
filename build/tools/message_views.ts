/**
 * The views of what can be done with a message.
 *
 * @module
 */
import type { View } from "./view.ts";

/** In the order of a visit, in a room with messages. */
export const MESSAGE_VIEWS: readonly View[] = [
  {
    name: "message-menu",
    async show({ visitor: { page } }) {
      await page.locator(".message-actions .more").last().dispatchEvent("click");
      await page.locator(".message-menu").waitFor();
    },
  },
  {
    name: "emoji-picker",
    async show({ visitor: { page } }) {
      await page.locator(".quick-reactions button").last().click();
      await page.locator(".emoji-grid button").nth(40).waitFor();
    },
  },
  {
    name: "emoji-picker-search",
    async show({ visitor: { page } }) {
      await page.locator(".emoji-picker input").fill("❤️");
      await page.locator(".emoji-grid button").waitFor();
    },
  },
  {
    name: "reactions",
    async show({ visitor: { page } }) {
      await page.locator(".emoji-picker input").press("Enter");
      await page.locator(".reaction.add").dispatchEvent("click");
      await page.locator(".emoji-grid button").nth(2).click();
      await page.locator(".reaction").nth(2).waitFor();
    },
  },
  {
    name: "who-reacted",
    async show({ visitor: { page } }) {
      await page.locator(".message-actions .more").last().dispatchEvent("click");
      await page.locator(".message-menu .lucide-users-round").click();
      await page.locator(".reacting li").waitFor();
    },
  },
  {
    name: "replying",
    async show({ visitor: { page } }) {
      await page.locator("dialog header .icon").click();
      await page.locator(".message-actions .lucide-reply").last().dispatchEvent("click");
      await page.locator(".composing").waitFor();
    },
  },
  {
    name: "reply-edited",
    async show({ visitor: { page } }) {
      await page.locator("#composer").fill("I think so");
      await page.locator("#composer").press("Control+Enter");
      await page.locator(".quote").waitFor();
      await page.locator(".pending").waitFor({ state: "detached" });
      await page.locator("#composer").press("ArrowUp");
      await page.locator(".composing").waitFor();
      await page.locator("#composer").fill("I think so, too.");
      await page.locator("#composer").press("Control+Enter");
      await page.locator(".edited").waitFor();
    },
  },
  {
    name: "editing",
    async show({ visitor: { page } }) {
      await page.locator("#composer").press("ArrowUp");
      await page.locator(".composing").waitFor();
    },
  },
  {
    name: "delete-message",
    async show({ visitor: { page } }) {
      await page.locator("#composer").press("Escape");
      await page.locator(".message-actions .more").last().dispatchEvent("click");
      await page.locator(".message-menu .lucide-trash-2").click();
      await page.locator("dialog .danger").waitFor();
    },
  },
  {
    name: "deleted-message",
    async show({ visitor: { page } }) {
      await page.locator("dialog .danger").click();
      await page.locator(".deleted-note").waitFor();
    },
  },
  {
    name: "pins",
    async show({ visitor: { page }, appoint, command }) {
      await appoint("Jonas");
      await command("Priya", () => ({ type: "pin", room: "lobby", seq: 2, on: true }));
      await page.locator(".pinned").waitFor({ state: "attached" });
      await page.locator(".room-header .menu > button").click();
      await page.locator("[role=menu] .lucide-pin").click();
      await page.locator(".pins li").waitFor();
    },
  },
  {
    name: "no-pins",
    async show({ visitor: { page }, command }) {
      await command("Priya", () => ({ type: "pin", room: "lobby", seq: 2, on: false }));
      await page.locator("dialog .hint").waitFor();
    },
  },
  {
    name: "search",
    async show({ visitor: { page } }) {
      await page.locator("dialog header .icon").click();
      await page.locator("dialog").waitFor({ state: "detached" });
      await page.keyboard.press("Control+f");
      await page.locator("dialog input[type=search]").fill("notes");
      await page.locator(".found-list li").nth(1).waitFor();
    },
  },
  {
    name: "search-nothing",
    async show({ visitor: { page } }) {
      await page.locator("dialog input[type=search]").fill("from:Jonas pandas");
      await page.locator(".found-list").waitFor({ state: "detached" });
      await page.locator("dialog .hint:not(:empty)").last().waitFor();
    },
  },
  {
    name: "mentions",
    async show({ visitor: { page } }) {
      await page.locator("dialog header .icon").click();
      // In a drawer on phones.
      await page.locator(".mentions-link").dispatchEvent("click");
      await page.locator(".inbox li").nth(2).waitFor();
    },
  },
  {
    name: "place",
    async show({ visitor: { page } }) {
      await page.locator("dialog header .icon").click();
      await page.evaluate(`location.hash = "#/lobby/2"`);
      await page.locator(".log .message:focus").waitFor();
    },
  },
  {
    name: "jump-to-date",
    async show({ visitor: { page } }) {
      await page.locator(".room-header .menu > button").click();
      await page.locator("[role=menu] .lucide-calendar-days").click();
      await page.locator("dialog input[type=date]").waitFor();
    },
  },
];
