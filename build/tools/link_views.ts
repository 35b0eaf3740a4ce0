/**
 * The views of a chat that begins: the links for its first admin and for others, and what the admin sees first.
 *
 * @module
 */
import type { Hubbub } from "../../testing/hubbub.ts";
import { basic, ChatClient } from "../../testing/chat_client.ts";
import type { Visitor } from "../../testing/page.ts";

const SECRET = "open sesame";

/** A chat in which nobody is yet, and somebody who looks at it. */
export interface LinkStage {
  readonly hubbub: Hubbub;
  readonly visitor: Visitor;
}

/** Brings the page into a state; each begins where the one before it ended. */
interface LinkView {
  readonly name: string;
  readonly show: (stage: LinkStage) => Promise<void>;
}

/** All of them, in the order of a visit. */
export const LINK_VIEWS: readonly LinkView[] = [
  {
    name: "link-wrong",
    show: ({ visitor }) => follow(visitor, `claim/${"x".repeat(24)}`),
  },
  {
    name: "link-claim",
    async show({ hubbub, visitor }) {
      await visitor.page.locator(".login .primary").click();
      const token = /#\/claim\/(\S+)/.exec(hubbub.greeting)?.[1] ?? "";
      await follow(visitor, `claim/${token}`);
    },
  },
  {
    name: "link-claim-problem",
    async show({ visitor: { page } }) {
      await page.locator(".login [name=name]").fill("Mira");
      await page.locator(".login [name=secret]").fill("short");
      await page.locator(".login .primary").click();
      await page.locator(".login .problem:not(:empty)").first().waitFor();
    },
  },
  {
    name: "first-steps",
    async show({ visitor: { page } }) {
      await page.locator(".login [name=secret]").fill(SECRET);
      await page.locator(".login .primary").click();
      await page.locator(".first-steps").waitFor();
    },
  },
  {
    name: "administration-settings",
    async show({ visitor: { page } }) {
      await page.locator(".first-steps button").first().click();
      await page.locator(".settings-form").first().waitFor();
    },
  },
  {
    name: "administration-settings-bottom",
    async show({ visitor: { page } }) {
      const rooms = page.locator(".settings-form input[type=text]").last();
      await rooms.fill("#lobby what?");
      await rooms.press("Enter");
      await page.locator(".settings-form .problem:not(:empty)").waitFor();
      await page.locator(".settings-form").last().scrollIntoViewIfNeeded();
    },
  },
  {
    name: "administration-invites",
    async show({ visitor: { page } }) {
      await page.locator("#tab-invites").click();
      await page.locator(".settings-form").waitFor();
    },
  },
  {
    name: "administration-invites-made",
    async show({ visitor: { page } }) {
      await page.locator(".settings-form input[type=text]").fill("lobby");
      await page.locator(".settings-form button[type=submit]").click();
      await page.locator(".qr").waitFor();
      await page.locator(".qr").scrollIntoViewIfNeeded();
    },
  },
  {
    name: "administration-invites-list",
    async show({ visitor: { page } }) {
      await page.locator(".settings-form button[type=submit]").click();
      await page.locator(".admin-list li").nth(1).waitFor();
      await page.locator(".admin-list").scrollIntoViewIfNeeded();
    },
  },
  {
    name: "link-invite",
    async show({ visitor }) {
      const address = await visitor.page.locator(".made-link input").inputValue();
      await follow(visitor, address.split("#/")[1] ?? "");
    },
  },
  {
    name: "link-reset",
    async show({ hubbub, visitor }) {
      await using mira = await ChatClient.open(hubbub.port, basic(`Mira:${SECRET}`));
      await using jonas = await ChatClient.open(hubbub.port, basic(`Jonas:${SECRET}`));
      mira.send({ type: "reset_link", id: "reset", person: jonas.user.id });
      const { token } = await mira.take("link");
      await visitor.page.evaluate(() => location.hash = "#/lobby");
      await follow(visitor, `reset/${token}`);
    },
  },
  {
    name: "link-reset-done",
    async show({ visitor: { page } }) {
      await page.locator(".login [name=secret]").fill("another secret");
      await page.locator(".login .primary").click();
      await page.locator(".login form").waitFor({ state: "detached" });
    },
  },
];

/** Opens a link of the page, and waits until the server has said what it is for. */
async function follow({ page }: Visitor, link: string): Promise<void> {
  await page.evaluate((hash) => location.hash = hash, `#/${link}`);
  await page.locator(".login .primary").waitFor();
}
