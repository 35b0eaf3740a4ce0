/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import type { Locator } from "playwright-core";
import { assert, assertEquals } from "../../testing/assert.ts";
import { launchForgetful, noBrowser, sharedBrowser } from "../../testing/browser.ts";
import { Hubbub } from "../../testing/hubbub.ts";
import { Visitor } from "../../testing/page.ts";

const shared = sharedBrowser();

/** The library keeps its pipes to the browser open a little longer than a test. */
const options = { ignore: noBrowser, sanitizeResources: false, sanitizeOps: false };

const field = ({ page }: Visitor, label: string): Locator =>
  page.getByLabel(label, { exact: true });

/** Opens the settings and in them the form for the password. */
async function openForm({ page }: Visitor, button: string): Promise<void> {
  await page.getByRole("button", { name: "Settings" }).click();
  await page.getByRole("button", { name: button }).click();
}

/** Sets the first password of one's name, and closes the settings. */
async function setPassword(visitor: Visitor, secret: string): Promise<void> {
  await openForm(visitor, "Set a password for this name");
  await field(visitor, "Name password").fill(secret);
  await visitor.page.keyboard.press("Enter");
  await visitor.page.getByText("Password saved.").waitFor();
  await visitor.page.keyboard.press("Escape");
}

/** Changes it; the settings stay open. */
async function changePassword(visitor: Visitor, old: string, secret: string): Promise<void> {
  await openForm(visitor, "Change the password of this name");
  await field(visitor, "Current password").fill(old);
  await field(visitor, "New password").fill(secret);
  await visitor.page.keyboard.press("Enter");
}

/** Claims a name that someone has, and gives a password for it. */
async function claim({ page }: Visitor, name: string, secret: string): Promise<void> {
  await page.getByRole("textbox", { name: "Your name" }).fill(name);
  await page.getByRole("button", { name: "Join" }).click();
  await page.getByText("That name is taken. If it's yours, enter its password.").waitFor();
  await page.getByLabel("Name password").fill(secret);
  await page.getByLabel("Name password").press("Enter");
}

/** The person that the page is. */
const me = ({ page }: Visitor): Locator => page.locator(".me");

Deno.test({
  ...options,
  name: "a person changes the password of a name with the present one, and only then",
  async fn() {
    await using hubbub = await Hubbub.start(["--data", ":memory:"]);
    await using browser = shared();
    const ann = await Visitor.arrive(browser, hubbub.url(), { name: "Ann" });
    const { page } = ann;
    await setPassword(ann, "first one");
    const tablet = await Visitor.arrive(browser, hubbub.url());
    await claim(tablet, "Ann", "first one");
    await me(tablet).getByText("Ann").waitFor();

    await changePassword(ann, "a wrong one", "second one");
    const old = field(ann, "Current password");
    await page.getByRole("alert").getByText("Wrong password.").waitFor();
    assertEquals(await old.getAttribute("aria-invalid"), "true");
    assertEquals(
      await old.evaluate((input) =>
        document.getElementById(input.getAttribute("aria-describedby") ?? "")?.textContent
      ),
      "Wrong password.",
    );
    assertEquals(await old.evaluate((input) => input === document.activeElement), true);
    assertEquals(await field(ann, "New password").getAttribute("aria-invalid"), "false");
    const borders = await page.locator("dialog .password input").evaluateAll((inputs) =>
      inputs.map((input) => getComputedStyle(input).borderTopColor)
    );
    assertEquals(borders[0], "rgb(179, 38, 30)");
    assert(borders[1] !== borders[0], "the other field is red, too");

    // By keyboard alone.
    await page.keyboard.press("Control+a");
    await page.keyboard.type("first one");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Space");
    assertEquals(await old.getAttribute("type"), "text");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.getByText("Password saved.").waitFor();
    const opener = page.getByRole("button", { name: "Change the password of this name" });
    assertEquals(await opener.evaluate((button) => button === document.activeElement), true);
    await page.keyboard.press("Escape");

    // The session of the tablet has ended; the browser that changed it stays the person.
    await me(tablet).getByText("guest-").waitFor();
    await page.reload();
    await me(ann).getByText("Ann").waitFor();
    const phone = await Visitor.arrive(browser, hubbub.url());
    await claim(phone, "Ann", "first one");
    await phone.page.getByText("Wrong password for this name.").waitFor();
    await phone.page.getByLabel("Name password").fill("second one");
    await phone.page.getByLabel("Name password").press("Enter");
    await me(phone).getByText("Ann").waitFor();
    // The refused login is in the console, as browsers have it.
    assertEquals(ann.faults.filter((fault) => !fault.includes("401")), []);
  },
});

Deno.test({
  ...options,
  name: "a password that is set or changed leaves the other tabs of the browser the same person",
  async fn() {
    await using hubbub = await Hubbub.start(["--data", ":memory:"]);
    await using browser = shared();
    const ann = await Visitor.arrive(browser, hubbub.url(), { name: "Ann" });
    const tab = await ann.page.context().newPage();
    await tab.goto(hubbub.url());
    await tab.locator(".me").getByText("Ann").waitFor();
    await setPassword(ann, "first one");
    await changePassword(ann, "first one", "second one");
    await ann.page.getByText("Password saved.").waitFor();
    await ann.page.keyboard.press("Escape");
    await ann.send("here I am");
    await tab.getByRole("article").getByText("here I am").waitFor();
    await tab.getByRole("textbox", { name: "Message", exact: true }).fill("so am I");
    await tab.keyboard.press("Enter");
    await ann.message("so am I").waitFor();
    assertEquals(await ann.page.locator(".author bdi").allInnerTexts(), ["Ann"]);
    assertEquals(await tab.locator(".me bdi").innerText(), "Ann");
  },
});

Deno.test({
  ...options,
  name: "the page asks for the present password when only the server knows that there is one",
  async fn() {
    await using hubbub = await Hubbub.start(["--data", ":memory:"]);
    await using browser = shared();
    const ann = await Visitor.arrive(browser, hubbub.url(), { name: "Ann" });
    const { page } = ann;
    await setPassword(ann, "first one");
    await page.evaluate(() => localStorage.clear());
    await page.reload();
    await me(ann).getByText("Ann").waitFor();
    await openForm(ann, "Set a password for this name");
    // The attributes that password managers rely on.
    assertEquals(await field(ann, "Name password").getAttribute("autocomplete"), "new-password");
    assertEquals(
      await page.locator("dialog input[autocomplete=username]").evaluate((input) =>
        input instanceof HTMLInputElement && input.value
      ),
      "Ann",
    );
    await page.keyboard.press("Enter");
    await page.getByRole("alert").getByText("Enter a password.").waitFor();
    await field(ann, "Name password").fill("second one");
    await page.keyboard.press("Enter");
    await page.getByText("This name has a password. Enter it to change it.").waitFor();
    const old = field(ann, "Current password");
    assertEquals(await old.getAttribute("autocomplete"), "current-password");
    await page.waitForFunction(() =>
      document.activeElement?.getAttribute("aria-invalid") === "true"
    );
    await page.keyboard.type("first one");
    await page.keyboard.press("Enter");
    await page.getByText("Password saved.").waitFor();
    await page.keyboard.press("Escape");

    // In Chinese, too.
    await page.getByRole("button", { name: "Settings" }).click();
    await page.getByRole("radio", { name: "简体中文" }).check();
    await page.getByRole("button", { name: "更改昵称密码" }).click();
    await field(ann, "当前密码").fill("second one");
    await field(ann, "新密码").fill("第三个");
    await page.getByRole("button", { name: "保存密码" }).click();
    await page.getByText("密码已保存。").waitFor();
  },
});

Deno.test({
  ...options,
  name: "in a browser that forbids cookies a password is set and changed over the connection",
  async fn() {
    await using hubbub = await Hubbub.start(["--data", ":memory:"]);
    await using browser = shared();
    await using forgetful = await launchForgetful();
    const ann = await Visitor.arrive(forgetful, hubbub.url(), { name: "Ann" });
    await setPassword(ann, "first one");
    await changePassword(ann, "first one", "second one");
    await ann.page.getByText("Password saved.").waitFor();
    const phone = await Visitor.arrive(browser, hubbub.url());
    await claim(phone, "Ann", "second one");
    await me(phone).getByText("Ann").waitFor();
  },
});
