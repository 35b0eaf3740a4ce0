/** A person looks at the page where they are logged in, and logs out elsewhere. */
import { assert, assertEquals } from "../../testing/assert.ts";
import { checkLooks } from "../../testing/axe.ts";
import { noBrowser, sharedBrowser } from "../../testing/browser.ts";
import { Hubbub } from "../../testing/hubbub.ts";
import { Visitor } from "../../testing/page.ts";

const shared = sharedBrowser();

/** The longest wait for anything, in ms: a busy machine takes its time. */
const PATIENCE = 120_000;

const FORM = { name: "Ann", secret: "open sesame" };

/** Logs Ann in on another device, with a name for its program. */
async function logIn(hubbub: Hubbub, agent: string): Promise<void> {
  const { ok } = await fetch(new URL("login", hubbub.url()), {
    method: "POST",
    headers: { "content-type": "application/json", "user-agent": agent },
    body: JSON.stringify(FORM),
  });
  assert(ok);
}

Deno.test({
  // The library keeps its pipes to the browser open a little longer than a test.
  ...{ ignore: noBrowser, sanitizeResources: false, sanitizeOps: false },
  name: "a person sees where they are logged in, and logs out one device, and then all others",
  async fn() {
    await using hubbub = await Hubbub.start(["--data", ":memory:"]);
    await using browser = shared();
    const url = hubbub.url();
    const phoneAgent = "Mozilla/5.0 (Linux; Android 10; K) Chrome/140.0.0.0 Mobile Safari/537.36";
    await logIn(hubbub, phoneAgent);
    const look = { reducedMotion: "reduce", bypassCSP: true, patience: PATIENCE } as const;
    const enter = async () => {
      const visitor = await Visitor.arrive(browser, url, look);
      const { page } = visitor;
      await page.getByRole("textbox", { name: "Your name" }).fill(FORM.name);
      await page.getByRole("button", { name: "Join" }).click();
      await page.getByLabel("Name password").fill(FORM.secret);
      await page.getByLabel("Name password").press("Enter");
      await page.locator(".me").getByText("Ann").waitFor();
      return visitor;
    };
    const [desk, tablet] = [await enter(), await enter()];
    const found: string[] = [];
    const { page } = desk;
    await page.getByRole("button", { name: "Ann, Settings" }).click();
    const region = page.getByRole("region", { name: "Where you are logged in" });
    const items = region.getByRole("listitem");
    await items.nth(2).waitFor();
    const first = await items.first().innerText();
    assertEquals(first.includes("This device") && first.includes("last used today"), true, first);
    assertEquals(await region.getByText("Chrome on Android").count(), 1);
    await checkLooks(page, "sessions", found);

    // By keyboard; the focus stays near, and a screen reader announces the result.
    await region.getByRole("button", { name: /^Log out: Chrome on Android/ }).press("Enter");
    await region.getByRole("status").getByText("Logged out there.").waitFor();
    await items.nth(2).waitFor({ state: "detached" });
    assertEquals(await page.evaluate("document.activeElement?.id"), "sessions");

    await tablet.page.keyboard.press("Control+f");
    await tablet.page.getByRole("dialog").waitFor();
    await region.getByRole("button", { name: "Log out everywhere else" }).press("Enter");
    await region.getByText("Log out 1 other device at once?").waitFor();
    await checkLooks(page, "question", found);
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await region.getByRole("status").getByText("Logged out everywhere else.").waitFor();
    assertEquals(await items.count(), 1);
    // The other page is a guest's now, and says why.
    await tablet.page.getByText("This device was logged out.").waitFor();
    await tablet.page.locator(".me").getByText("guest-").waitFor();
    // What was open, such as messages found in private rooms, is not for a guest.
    assertEquals(await tablet.page.getByRole("dialog").count(), 0);
    await page.keyboard.press("Escape");
    await page.locator("#composer").fill("still here");
    await page.keyboard.press("Enter");
    await page.getByRole("log").getByText("still here").waitFor();
    assertEquals([found, desk.faults, tablet.faults], [[], [], []]);
  },
});

Deno.test({
  ...{ ignore: noBrowser, sanitizeResources: false, sanitizeOps: false },
  name: "the sessions are readable on a phone and in Chinese, also when there are many",
  async fn() {
    await using hubbub = await Hubbub.start(["--data", ":memory:"]);
    await using browser = shared();
    for (let i = 0; i < 6; i++) await logIn(hubbub, "bot");
    const visitor = await Visitor.arrive(browser, hubbub.url(), {
      ...{ locale: "zh-CN", viewport: { width: 360, height: 640 }, hasTouch: true },
      ...{ reducedMotion: "reduce", bypassCSP: true, patience: PATIENCE },
    });
    const { page } = visitor;
    await page.locator(".welcome input").fill(FORM.name);
    await page.locator(".welcome input").press("Enter");
    await page.locator(".welcome input[type=password]").fill(FORM.secret);
    await page.locator(".welcome input[type=password]").press("Enter");
    await page.locator(".welcome").waitFor({ state: "detached" });
    await page.locator(".room-header .drawer-only").click();
    await page.locator(".me").click();
    const region = page.getByRole("region", { name: "登录的设备" });
    await region.getByRole("button", { name: "显示全部 7 台" }).click();
    const items = region.getByRole("listitem");
    await items.nth(6).waitFor();
    const found: string[] = [];
    await checkLooks(page, "sessions", found);
    await region.getByRole("button", { name: "退出所有其他设备" }).click();
    await region.getByText("要立即退出其他 6 台设备吗？").waitFor();
    await region.getByRole("button", { name: "退出所有其他设备" }).click();
    await region.getByRole("status").getByText("已退出所有其他设备。").waitFor();
    assertEquals(await items.count(), 1);
    assertEquals([found, visitor.faults], [[], []]);
  },
});
