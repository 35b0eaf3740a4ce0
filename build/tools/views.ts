/**
 * The views of the page that a designer looks through.
 *
 * @module
 */
import type { Locator } from "playwright-core";
import type { Visitor } from "../../testing/page.ts";
import { FILE_VIEWS } from "./file_views.ts";
import { ROOM_VIEWS } from "./room_views.ts";
import type { View } from "./view.ts";

const LONG_TEXT =
  "I read them on the train. The part on backups is clear now. I would say once more that *every* " +
  "acknowledged message is on disk, ~~mostly~~ **always**, that `--sync normal` is for those who want " +
  "less, and point to the figures: https://hubbub.example/benchmarks?of=sync&on=two-cores";

const MARKUP = [
  "## Tonight\nSee #garden; ||the cake is a surprise||.",
  "| who | brings | costs |\n| - | - | -: |\n| Jonas | **tea** | 5 € |\n| Priya | ||cake|| | 12 € |",
  '```ts\n// A comment\nconst tea = { cups: 5, kind: "green" };\n```',
].join("\n\n");

/** Messages that fill the window. */
const SMALL_TALK: readonly string[] = [
  "Backups ran at three, all green.",
  "The new build is out, please try it.",
  "Works here. Starting is faster, too.",
  "Who can take the call at ten?",
  "I can.",
  "Thanks! The agenda is in the notes.",
];
const SPEAKERS: readonly string[] = ["Jonas", "Jonas", "Priya", "María José"];

/** All views, in the order of a visit. */
export const VIEWS: readonly View[] = [
  {
    name: "first-visit",
    show: ({ visitor }) => visitor.page.locator(".welcome").waitFor(),
  },
  {
    name: "name-taken",
    async show({ visitor: { page } }) {
      await page.locator(".welcome input").fill("Jonas");
      await page.locator(".welcome input").press("Enter");
      await page.locator(".welcome input[type=password]").waitFor();
    },
  },
  {
    name: "room",
    async show({ visitor: { page }, type }) {
      await page.locator(".welcome input").first().fill("Mira");
      await page.locator(".welcome input").first().press("Enter");
      await page.locator(".welcome").waitFor({ state: "detached" });
      type("Jonas");
      await page.locator(".typing .dots").waitFor();
    },
  },
  {
    name: "unread-and-mention",
    async show({ visitor, say }) {
      for (const room of ["garden", "reading", "a-room-with-quite-a-long-name-for-a-list"]) {
        await visitor.go(room);
      }
      await visitor.page.locator("#composer").fill("A draft");
      await visitor.go("lobby");
      await say({ name: "Jonas", room: "garden", text: "And the beans." });
      await say({ name: "Priya", room: "reading", text: "@Mira which edition do you have?" });
      await visitor.page.locator(".strip").waitFor();
    },
  },
  {
    name: "drawer-of-rooms",
    only: "phone",
    async show({ visitor: { page } }) {
      await page.locator(".room-header .drawer-only").click();
      await page.locator(".sidebar.open").waitFor();
    },
  },
  {
    name: "drawer-of-people",
    only: "phone",
    async show({ visitor: { page } }) {
      await page.keyboard.press("Escape");
      await page.locator(".people-button").click();
      await page.locator(".people").waitFor();
    },
  },
  {
    name: "switcher",
    async show({ visitor: { page } }) {
      await page.keyboard.press("Escape");
      await page.locator(".strip button").last().click();
      await page.keyboard.press("Control+k");
      await page.locator(".palette").waitFor();
    },
  },
  {
    name: "switcher-typed",
    async show({ visitor: { page } }) {
      await page.keyboard.type("re");
      await page.locator(".palette li").last().waitFor();
    },
  },
  {
    name: "switcher-no-match",
    async show({ visitor: { page } }) {
      await page.keyboard.type("d-pandas");
      await page.locator(".palette .hint:not(:empty)").waitFor();
    },
  },
  {
    name: "settings",
    async show({ visitor: { page } }) {
      await page.keyboard.press("Escape");
      await openSettings(page);
    },
  },
  {
    name: "settings-password-and-log-out",
    async show({ visitor: { page } }) {
      await page.locator("dialog .link").click();
      await page.locator("dialog section:last-child button").first().click();
    },
  },
  {
    name: "settings-change-password",
    async show({ visitor: { page } }) {
      await page.locator("dialog .password input").fill("first");
      await page.locator("dialog .password input").press("Enter");
      await page.locator("dialog .password-form").waitFor({ state: "detached" });
      await page.locator("dialog .link").click();
      await page.locator("dialog .password input").first().fill("wrong");
      await page.locator("dialog .password input").last().fill("second");
      await page.locator("dialog .password input").last().press("Enter");
      await page.locator("dialog .problem:not(:empty)").waitFor();
    },
  },
  {
    name: "help",
    async show({ visitor: { page } }) {
      await page.keyboard.press("Escape");
      await page.keyboard.press("Control+/");
      await page.locator("dialog").waitFor();
    },
  },
  {
    name: "room-menu",
    async show({ visitor: { page } }) {
      // The dialog, and the drawer that it was opened from.
      await page.keyboard.press("Escape");
      await page.keyboard.press("Escape");
      await page.locator(".menu > button").click();
    },
  },
  {
    name: "left-with-undo",
    async show({ visitor: { page } }) {
      await page.keyboard.press("Escape");
      await page.evaluate(`location.hash = "#/garden"`);
      await page.locator(".menu > button").click();
      await page.locator(".menu [role=menuitem]").last().click();
      await page.locator(".toast").waitFor();
    },
  },
  {
    name: "unknown-room",
    async show({ visitor: { page } }) {
      await page.locator(".toast button").click();
      await page.evaluate(`location.hash = "#/enginering"`);
      await page.locator(".unknown button").nth(3).waitFor();
    },
  },
  {
    name: "impossible-room",
    async show({ visitor: { page } }) {
      await page.evaluate(`location.hash = "#/what?"`);
      await page.locator(".strip.bad").waitFor();
    },
  },
  {
    name: "empty-room",
    async show({ visitor }) {
      await visitor.page.locator(".strip.bad button").click();
      await visitor.go("quiet-corner");
      await visitor.page.locator(".empty").waitFor();
    },
  },
  ...ROOM_VIEWS,
  {
    name: "suggestions",
    async show({ visitor: { page } }) {
      await page.evaluate(`location.hash = "#/lobby"`);
      await page.locator(".message").first().waitFor();
      await page.locator("#composer").pressSequentially("Thanks @");
      await page.locator(".suggestions").waitFor();
    },
  },
  {
    name: "too-long",
    async show({ visitor: { page } }) {
      await page.locator("#composer").fill("much too long ".repeat(1200));
      await page.locator(".too-long").waitFor();
    },
  },
  {
    name: "long-message",
    async show({ visitor }) {
      await visitor.page.locator("#composer").fill(LONG_TEXT);
      await visitor.page.locator(".composer .send").click();
      await visitor.allSent();
      await visitor.page.locator(".message").last().hover();
    },
  },
  {
    name: "markup",
    async show({ visitor }) {
      await visitor.page.locator("#composer").fill(MARKUP);
      await visitor.page.locator(".composer .send").click();
      await visitor.allSent();
      await visitor.page.locator(".code-comment").last().waitFor();
    },
  },
  {
    name: "tapped-message",
    only: "phone",
    async show({ visitor: { page } }) {
      await page.locator(".message:not(.first)").last().click();
    },
  },
  ...FILE_VIEWS,
  {
    name: "scrolled-up",
    async show({ visitor: { page }, say }) {
      for (let n = 0; n < 30; n++) {
        const [name = "", text = ""] = [
          SPEAKERS[n % SPEAKERS.length],
          SMALL_TALK[n % SMALL_TALK.length],
        ];
        await say({ name, text });
      }
      await page.locator(".log").hover();
      await page.mouse.wheel(0, -1500);
      await say({ name: "Priya", text: "Something new" });
      await page.locator(".jump.down .count").waitFor();
      await page.mouse.wheel(0, -40);
    },
  },
  {
    name: "muted",
    async show({ visitor: { page }, appoint, command }) {
      await page.locator(".jump.down").click();
      await appoint("Jonas");
      await command("Mira", (person) => ({ type: "mute", person, seconds: 3_600 }));
      await page.locator(".silence").waitFor();
    },
  },
  {
    name: "administration",
    async show({ visitor: { page }, appoint, command }) {
      await command("Mira", (person) => ({ type: "mute", person, seconds: 0 }));
      await command("Priya", (person) => ({ type: "mute", person, seconds: 600 }));
      await command("נועם", (person) => ({ type: "mute", person }));
      await command("李雷", (person) => ({
        type: "ban",
        person,
        reason: "Advertised watches in every room, after two warnings",
      }));
      await appoint("Mira");
      await page.locator(".administration-link").waitFor({ state: "attached" });
      await page.evaluate(`location.hash = "#/admin/people"`);
      await page.locator(".admin-list li").nth(5).waitFor();
      await page.locator(".admin-detail").waitFor();
    },
  },
  {
    name: "administration-drawer",
    only: "phone",
    async show({ visitor: { page } }) {
      await page.locator(".room-header .drawer-only").click();
      await page.locator(".sidebar.open").waitFor();
    },
  },
  {
    name: "administration-mute",
    async show({ visitor: { page } }) {
      await page.keyboard.press("Escape");
      await managed(page, "María José").click();
      await page.locator(".admin-actions button").nth(1).click();
      await page.locator(".admin-actions .segments").first().waitFor();
    },
  },
  {
    name: "administration-ban",
    async show({ visitor: { page } }) {
      await managed(page, "Jonas").click();
      await page.locator(".admin-actions .danger").first().click();
      await page.locator(".admin-actions form input[type=text]").fill("Spam");
      await page.locator(".admin-actions form input[type=checkbox]").check();
    },
  },
  {
    name: "administration-search",
    async show({ visitor: { page } }) {
      await page.locator(".people-search input[type=search]").fill("pri");
      await managed(page, "Priya").click();
      await page.locator(".admin-actions").waitFor();
    },
  },
  {
    name: "reports",
    async show({ visitor: { page }, command }) {
      await command("Priya", (person) => ({
        ...{ type: "report", person, reason: "Writes the same in every room" },
      }));
      await command("李雷", () => ({
        ...{ type: "report", room: "lobby", seq: 4, reason: "Advertises watches" },
      }));
      await page.evaluate(`location.hash = "#/admin/reports"`);
      await page.locator(".reports > ul > li").nth(1).waitFor();
    },
  },
  {
    name: "audit-log",
    async show({ visitor: { page } }) {
      await page.locator("#tab-audit").click();
      await page.locator(".audit li").nth(4).waitFor();
    },
  },
  {
    name: "offline",
    async show({ visitor: { page } }) {
      await page.evaluate(`location.hash = "#/lobby"`);
      await page.locator("#composer").waitFor();
      await page.context().setOffline(true);
      await page.locator(".connection.closed").waitFor();
      await page.locator("#composer").fill("I write on while the train is in the tunnel.");
      await page.locator(".composer .send").click();
    },
  },
  {
    name: "leave-question",
    async show({ visitor: { page } }) {
      await page.locator(".menu > button").click();
      await page.locator(".menu [role=menuitem]").last().click();
      await page.locator("dialog").waitFor();
    },
  },
  {
    name: "banned",
    async show({ visitor: { page }, command }) {
      await page.keyboard.press("Escape");
      await page.context().setOffline(false);
      await page.locator(".connection.open").waitFor({ state: "attached" });
      await command("Mira", (person) => ({ type: "ban", person }));
      await page.locator(".connection.banned").waitFor();
    },
  },
];

/** The button that shows what can be done about a person. */
function managed(page: Visitor["page"], name: string): Locator {
  return page.locator(`.admin-list button[title*="${name}"]`);
}

async function openSettings(page: Visitor["page"]): Promise<void> {
  // On phones the row stands in the drawer.
  if (!await page.locator(".me").isVisible()) {
    await page.locator(".room-header .drawer-only").click();
  }
  await page.locator(".me").click();
  await page.locator("dialog").waitFor();
}
