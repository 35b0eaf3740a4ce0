/** A person deletes their account at the page, and an admin that of another. */
import { assertEquals } from "../../testing/assert.ts";
import { checkLooks } from "../../testing/axe.ts";
import { noBrowser, sharedBrowser } from "../../testing/browser.ts";
import { temporaryFolder } from "../../testing/folder.ts";
import { Hubbub, runHubbub } from "../../testing/hubbub.ts";
import { Visitor } from "../../testing/page.ts";

const shared = sharedBrowser();

/** The longest wait for anything, in ms: a busy machine takes its time. */
const PATIENCE = 120_000;

const LOOK = { reducedMotion: "reduce", bypassCSP: true, patience: PATIENCE } as const;

Deno.test({
  // The library keeps its pipes to the browser open a little longer than a test.
  ...{ ignore: noBrowser, sanitizeResources: false, sanitizeOps: false },
  name: "a person deletes their account by typing the name, and their messages stay without it",
  async fn() {
    await using hubbub = await Hubbub.start(["--data", ":memory:"]);
    await using browser = shared();
    const bob = await Visitor.arrive(browser, hubbub.url(), { name: "Bob", ...LOOK });
    const ann = await Visitor.arrive(browser, hubbub.url(), { name: "Ann", ...LOOK });
    await ann.send("I was here");
    await bob.message("I was here").waitFor();
    const tab = await ann.page.context().newPage();
    await tab.goto(hubbub.url());
    await tab.locator(".me").getByText("Ann").waitFor();
    const found: string[] = [];
    const { page } = ann;

    await page.getByRole("button", { name: "Ann, Settings" }).click();
    const opener = page.getByRole("button", { name: "Delete account", exact: true });
    await opener.press("Enter");
    const form = page.getByRole("form", { name: "Delete account" });
    const field = form.getByRole("textbox", { name: "Type Ann to confirm" });
    await checkLooks(page, "delete account", found);
    await page.keyboard.press("Escape");
    await form.waitFor({ state: "detached" });
    await opener.press("Enter");
    await field.fill("Anna");
    await field.press("Enter");
    await form.getByRole("alert").getByText("This is not your name.").waitFor();
    await checkLooks(page, "wrong name", found);
    // The other tab has left before the answer comes.
    await page.route("**/delete-account", async (route) => {
      const response = await route.fetch();
      await tab.locator(".me").getByText("guest-").waitFor();
      await route.fulfill({ response });
    });
    await field.fill("ann");
    await field.press("Enter");
    await page.getByText("This account was deleted.").waitFor();
    // As it does itself when it learns that the other tab has left.
    await page.reload();
    await page.getByText("This account was deleted.").waitFor();
    await page.locator(".me").getByText("guest-").waitFor();
    await tab.locator(".me").getByText("guest-").waitFor();

    // At once for those who see the message, and after a reload.
    const article = bob.page.getByRole("article", { name: /^Deleted person/ });
    await article.getByText("I was here").waitFor();
    await bob.page.getByText("Ann", { exact: true }).first().waitFor({ state: "detached" });
    await checkLooks(bob.page, "deleted author", found);
    await bob.page.reload();
    await article.getByText("I was here").waitFor();
    assertEquals(await article.getByRole("button", { name: "Deleted person" }).count(), 0);
    assertEquals([found, ann.faults, bob.faults], [[], [], []]);
  },
});

Deno.test({
  ...{ ignore: noBrowser, sanitizeResources: false, sanitizeOps: false },
  name: "an admin deletes the account of a person, whose page says so, but not the last admin's",
  async fn() {
    await using folder = await temporaryFolder();
    const data = ["--data", `${folder.path}/chat.db`];
    await using hubbub = await Hubbub.start(data);
    await using browser = shared();
    const ann = await Visitor.arrive(browser, hubbub.url(), { name: "Ann", ...LOOK });
    const bob = await Visitor.arrive(browser, hubbub.url(), {
      ...{ name: "Bob", ...LOOK, locale: "en-GB" },
    });
    assertEquals((await runHubbub(["admin", ...data, "Ann"])).code, 0);
    const { page } = ann;
    const found: string[] = [];
    await page.getByRole("link", { name: "Administration" }).click();
    const region = page.getByRole("region", { name: "Administration" });
    await region.getByRole("button", { name: "Manage Bob" }).click();
    await region.getByRole("button", { name: "Delete account…" }).click();
    await checkLooks(page, "admin deletes", found);
    await page.keyboard.press("Escape");
    await region.getByRole("button", { name: "Delete account…" }).click();
    await region.getByRole("button", { name: "Delete account for good" }).click();
    await region.getByRole("button", { name: "Manage Bob" }).waitFor({ state: "detached" });
    await bob.page.getByText("This account was deleted.").waitFor();
    await bob.page.locator(".me").getByText("guest-").waitFor();
    await region.getByRole("tab", { name: "People" }).press("End");
    await region.getByText("Ann deleted the account of Bob").waitFor();

    await page.getByRole("button", { name: "Ann, Admin, Settings" }).click();
    await page.getByRole("button", { name: "Delete account", exact: true }).click();
    const form = page.getByRole("form", { name: "Delete account" });
    await form.getByRole("textbox").fill("Ann");
    await form.getByRole("button", { name: "Delete account for good" }).click();
    await form.getByText("This is the last admin.").waitFor();
    assertEquals([found, ann.faults, bob.faults], [[], [], []]);
  },
});

Deno.test({
  ...{ ignore: noBrowser, sanitizeResources: false, sanitizeOps: false },
  name: "on a phone and in Chinese, a name with a password is deleted for the password only",
  async fn() {
    await using hubbub = await Hubbub.start(["--data", ":memory:"]);
    await using browser = shared();
    const form = { name: "Ann", secret: "open sesame" };
    const { ok } = await fetch(new URL("login", hubbub.url()), {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(form),
    });
    assertEquals(ok, true);
    const visitor = await Visitor.arrive(browser, hubbub.url(), {
      ...{ ...LOOK, locale: "zh-CN", viewport: { width: 360, height: 640 }, hasTouch: true },
    });
    const { page } = visitor;
    await page.locator(".welcome input").fill(form.name);
    await page.locator(".welcome input").press("Enter");
    await page.locator(".welcome input[type=password]").fill(form.secret);
    await page.locator(".welcome input[type=password]").press("Enter");
    await page.locator(".welcome").waitFor({ state: "detached" });
    const bob = await Visitor.arrive(browser, hubbub.url(), { name: "Bob", ...LOOK });
    for (const text of ["第一", "第二"]) {
      await page.locator("#composer").fill(text);
      await page.locator("#composer").press("Control+Enter");
    }
    await bob.message("第二").waitFor();
    await page.locator(".room-header .drawer-only").click();
    await page.locator(".me").click();
    await page.getByRole("button", { name: "删除账号", exact: true }).click();
    const question = page.getByRole("form", { name: "删除账号" });
    const field = question.locator("input[type=password]");
    const found: string[] = [];
    await question.getByRole("radio", { name: "删除" }).check();
    await question.getByText("私信").waitFor();
    await checkLooks(page, "password", found);
    await field.fill("wrong");
    await field.press("Enter");
    await question.locator(".problem:not(:empty)").waitFor();
    await field.fill(form.secret);
    await field.press("Enter");
    await page.getByText("此账号已删除。").waitFor();
    for (const text of ["第一", "第二"]) await bob.message(text).waitFor({ state: "detached" });
    await bob.page.getByText("This message was deleted by its author.").first().waitFor();
    assertEquals([found, visitor.faults, bob.faults], [[], [], []]);
  },
});
