/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import { assertEquals } from "../../testing/assert.ts";
import { faultsInBoth } from "../../testing/axe.ts";
import { noBrowser, sharedBrowser } from "../../testing/browser.ts";
import { Hubbub } from "../../testing/hubbub.ts";
import { Visitor } from "../../testing/page.ts";

const shared = sharedBrowser();

/** The library keeps its pipes to the browser open a little longer than a test. */
const options = { ignore: noBrowser, sanitizeResources: false, sanitizeOps: false };

/** A text with the markup that has colours of its own. */
const MARKUP = [
  "# One\n## Two\n### Three",
  "| a | b |\n| - | -: |\n| 1 | **2** |",
  "see #lobby and ||what is *hidden*||",
  '```js\nlet a = "b"; // 1\nclass C { d() { return 2; } }\n```',
  "```diff\n+ added\n- removed\n```",
].join("\n\n");

// Each language is looked at in one scheme as a whole, and in the other for its colours.
for (const [locale, colorScheme] of [["en-US", "light"], ["zh-CN", "dark"]] as const) {
  Deno.test({
    ...options,
    name: `axe-core finds nothing on any view, light and dark: ${locale}`,
    async fn() {
      await using browser = shared();
      await using hubbub = await Hubbub.start(["--data", ":memory:"]);
      await using locked = await Hubbub.start(["--data", ":memory:", "--password", "x"]);
      // Without the page's policy, which would keep axe-core out as it should.
      const look = { locale, colorScheme, reducedMotion: "reduce", bypassCSP: true } as const;
      const bob = await Visitor.arrive(browser, hubbub.url(), { name: "Bob" });
      const ann = await Visitor.arrive(browser, hubbub.url(), look);
      const { page } = ann;
      const found: Record<string, string[]> = {};
      async function check(view: string): Promise<void> {
        const faults = await faultsInBoth(page, colorScheme);
        if (faults.length > 0) found[view] = faults;
      }

      await page.locator(".welcome").waitFor();
      await check("first visit");
      await page.locator(".welcome input").fill("Ann");
      await page.locator(".welcome input").press("Enter");
      await page.locator(".welcome").waitFor({ state: "detached" });
      await bob.send(
        "**hello** @Ann, `code`, https://a.example\n> quote\n\n- list\n\n```\nblock\n```",
      );
      await bob.send(MARKUP);
      await page.locator(".message .table").waitFor();
      await page.locator(".message .code-comment").waitFor();
      await bob.box.pressSequentially("typing");
      await page.locator(".composer textarea").pressSequentially("hi :ta");
      await page.getByRole("option").first().waitFor();
      await check("messages and suggestions");
      await page.locator(".composer textarea").press("Escape");
      for (const shortcut of ["Control+k", "Control+/"]) {
        await page.keyboard.press(shortcut);
        await page.getByRole("dialog").waitFor();
        await check(`dialog of ${shortcut}`);
        await page.keyboard.press("Escape");
        await page.getByRole("dialog").waitFor({ state: "detached" });
      }
      await page.locator(".me").click();
      await page.getByRole("dialog").waitFor();
      await check("settings");
      await page.keyboard.press("Escape");

      await page.evaluate(`location.hash = "#/nowhere"`);
      await page.locator(".unknown").waitFor();
      await check("unknown room");
      await page.locator(".unknown .primary").click();
      await page.locator(".empty").waitFor();
      await check("empty room");
      await page.locator(".menu > button").click();
      await page.getByRole("menu").waitFor();
      await check("room menu");
      await page.getByRole("menuitem").last().click();
      await page.locator(".toast").waitFor();
      await check("left a room");

      await page.setViewportSize({ width: 320, height: 600 });
      await check("narrow");
      assertEquals(await page.evaluate(() => document.documentElement.scrollWidth), 320);
      await page.locator(".room-header .drawer-only").click();
      await check("rooms on a phone");
      await page.keyboard.press("Escape");
      await page.locator(".people-button").click();
      await check("people on a phone");
      await page.keyboard.press("Escape");
      await page.context().setOffline(true);
      await page.locator(".connection.closed").waitFor();
      await page.locator(".composer textarea").fill("waiting");
      await page.locator(".composer textarea").press("Enter");
      await check("reconnecting");

      await page.context().setOffline(false);
      await page.goto(locked.url());
      await page.locator(".login h1").waitFor();
      await check("login");
      assertEquals(found, {});
    },
  });
}
