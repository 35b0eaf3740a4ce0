/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import { Buffer } from "node:buffer";
import { assert, assertEquals } from "../../testing/assert.ts";
import { launchForgetful, noBrowser, sharedBrowser } from "../../testing/browser.ts";
import { Hubbub } from "../../testing/hubbub.ts";
import { fill, Visitor } from "../../testing/page.ts";

const shared = sharedBrowser();

/** The library keeps its pipes to the browser open a little longer than a test. */
const options = { ignore: noBrowser, sanitizeResources: false, sanitizeOps: false };

Deno.test({
  ...options,
  name: "In a browser that forbids cookies and storage people chat as long as the page is open",
  async fn() {
    await using hubbub = await Hubbub.start([]);
    await using browser = shared();
    await using forgetful = await launchForgetful();
    const bob = await Visitor.arrive(browser, hubbub.url(), { name: "Bob" });
    const ann = await Visitor.arrive(forgetful, hubbub.url());
    await ann.status.getByText("Connected").waitFor();
    const forbidden = await ann.page.evaluate(() => {
      try {
        return localStorage.length < 0;
      } catch {
        return true;
      }
    });
    assertEquals(forbidden, true);
    await ann.takeName("Ann");
    await ann.send("hello");
    await bob.message("hello").waitFor();
    // Such a browser refuses each lock, by which one tab at a time uploads a file; and without a cookie the server takes none.
    const chooser = ann.page.waitForEvent("filechooser");
    await ann.page.getByRole("button", { name: "Attach files" }).click();
    const buffer = Buffer.from("words");
    await (await chooser).setFiles({ name: "note.txt", mimeType: "text/plain", buffer });
    await ann.page.getByRole("alert").getByText("you may not send files here.").waitFor();
    await ann.page.getByRole("button", { name: "Remove note.txt" }).click();
    await ann.go("garden");
    await ann.page.getByRole("button", { name: "Settings" }).click();
    await ann.page.getByRole("radio", { name: "Dark" }).check();
    await ann.page.keyboard.press("Escape");
    await ann.go("lobby");

    // Without a cookie the server knows nobody again; what was written must not be lost for that.
    await ann.page.context().setOffline(true);
    await ann.status.getByText(/^Connection closed\./).waitFor();
    await ann.send("from afar");
    await ann.page.context().setOffline(false);
    await bob.message("from afar").waitFor();
    await ann.allSent();
    assertEquals(await ann.texts(), ["hello", "from afar"]);
    assertEquals(ann.faults, []);
  },
});

Deno.test({
  ...options,
  name:
    "An address leads to its room, back and forward go through them, and never to one that was left",
  async fn() {
    await using hubbub = await Hubbub.start([]);
    await using browser = shared();
    const ann = await Visitor.arrive(browser, `${hubbub.url()}#/Garden%20Party`, { name: "Ann" });
    const { page } = ann;
    const rooms = () => page.getByRole("list", { name: "Rooms" }).getByRole("link").allInnerTexts();
    const title = (name: string) => page.getByRole("heading", { name, exact: true }).waitFor();
    await title("garden-party");
    assertEquals(await page.evaluate("location.hash"), "#/garden-party");

    await ann.go("reading");
    await page.evaluate("history.back()");
    await title("garden-party");
    await page.evaluate("history.forward()");
    await title("reading");
    await ann.chooseInMenu("Leave room");
    await title("lobby");
    assertEquals(await page.evaluate("location.hash"), "#/lobby");
    await page.evaluate("history.back()");
    await title("garden-party");
    await page.evaluate("history.forward()");
    await title("lobby");
    assertEquals(await rooms(), ["#\nlobby", "#\ngarden-party"]);

    for (const bad of ["сад!", "%E0%A4%A", "a".repeat(65), "<b>x</b>"]) {
      await page.evaluate(`location.hash = "#/${bad}"`);
      await page.getByRole("alert").getByText("Use up to 64 letters").waitFor();
      await page.getByRole("alert").getByRole("button", { name: "Close" }).click();
      await page.getByRole("alert").getByText("Use up to 64").waitFor({ state: "detached" });
      assertEquals(await page.evaluate("location.hash"), "#/lobby");
    }
    assertEquals(await page.evaluate("document.activeElement.id"), "composer");
    assertEquals(await rooms(), ["#\nlobby", "#\ngarden-party"]);
    assertEquals(ann.faults, []);
  },
});

Deno.test({
  ...options,
  name: "Two tabs of one person agree on rooms, on what is read, on looks, and count as one",
  async fn() {
    await using hubbub = await Hubbub.start([]);
    await using browser = shared();
    const ann = await Visitor.arrive(browser, hubbub.url(), { name: "Ann" });
    const bob = await Visitor.arrive(browser, `${hubbub.url()}#/garden`, { name: "Bob" });
    const other = await ann.page.context().newPage();
    await other.goto(hubbub.url());
    const list = other.getByRole("list", { name: "Rooms" });
    await other.getByRole("status").getByText("Connected").waitFor();

    await bob.send("the first of the room");
    await bob.allSent();
    await ann.go("garden");
    await list.getByRole("link", { name: "garden" }).click();
    await other.getByRole("list", { name: "People" }).getByText("Bob").waitFor();
    await list.getByRole("link", { name: "lobby" }).click();
    await other.getByRole("heading", { name: "lobby" }).waitFor();
    await ann.go("lobby");
    await bob.send("hello @Ann!");
    await list.getByRole("img", { name: "1 unread message" }).waitFor();
    await list.getByRole("img", { name: "You were mentioned" }).waitFor();
    await ann.go("garden");
    await list.getByRole("img").first().waitFor({ state: "detached" });
    await ann.send("hello Bob");
    await bob.message("hello Bob").waitFor();
    assertEquals(await list.getByRole("img").count(), 0);
    assertEquals(
      await bob.page.getByRole("list", { name: "People" }).getByRole("listitem").count(),
      2,
    );

    const colors = () =>
      other.evaluate(() => ({
        scheme: getComputedStyle(document.documentElement).colorScheme,
        around: [...document.querySelectorAll<HTMLMetaElement>('meta[name="theme-color"]')]
          .map(({ content }) => content),
        page: getComputedStyle(document.documentElement).backgroundColor,
      }));
    const light = { page: "rgb(245, 240, 231)", around: "#fffdfa" };
    const dark = { page: "rgb(25, 23, 21)", around: "#211e1b" };
    assertEquals(await colors(), {
      scheme: "light dark",
      around: [light.around, dark.around],
      page: light.page,
    });
    await ann.page.getByRole("button", { name: "Settings" }).click();
    await ann.page.getByRole("radio", { name: "Dark" }).check();
    await other.waitForFunction(() => document.documentElement.dataset.theme === "dark");
    assertEquals(await colors(), {
      scheme: "dark",
      around: [dark.around, dark.around],
      page: dark.page,
    });
    await ann.page.getByRole("radio", { name: "System" }).first().check();
    await other.waitForFunction(() => document.documentElement.dataset.theme === "auto");
    assertEquals((await colors()).around, [light.around, dark.around]);
    await ann.page.keyboard.press("Escape");

    await ann.chooseInMenu("Leave room");
    await list.getByRole("link", { name: "garden" }).waitFor({ state: "detached" });
    assertEquals(ann.faults, []);
  },
});

Deno.test({
  ...options,
  name:
    "In a sandbox, which forbids cookies and storage, the page starts, and says that it has no connection",
  async fn() {
    await using hubbub = await Hubbub.start([]);
    await using browser = shared();
    const ann = await Visitor.arrive(browser, "about:blank");
    await ann.page.route(hubbub.url(), async (route) => {
      const response = await route.fetch();
      const headers = response.headers();
      const policy = `${headers["content-security-policy"]}; sandbox allow-scripts allow-forms`;
      await route.fulfill({ response, headers: { ...headers, "content-security-policy": policy } });
    });
    // Such a page has no origin, and scripts need a permission to be loaded there, as a proxy may give it.
    await ann.page.route("**/*.js", async (route) => {
      await route.fulfill({ response: await route.fetch() });
    });
    await ann.page.goto(hubbub.url());
    await ann.box.fill("hello");
    await ann.status.getByText("Connection closed.").waitFor();
    assertEquals(await ann.page.evaluate("origin"), "null");
    assertEquals(ann.faults, []);
  },
});

Deno.test({
  ...options,
  name: "On paper there are the messages that were loaded, dark on white, and nothing else",
  async fn() {
    await using hubbub = await Hubbub.start([]);
    await using browser = shared();
    await fill(hubbub, 40);
    const ann = await Visitor.arrive(browser, hubbub.url(), { name: "Ann", colorScheme: "dark" });
    await ann.message("line 40").waitFor();
    await ann.page.emulateMedia({ media: "print" });
    await ann.message("line 1").first().waitFor();
    const looks = await ann.page.evaluate(() => ({
      seen: [
        ...document.querySelectorAll("nav, aside, form, button:not(.person-button), [role=status]"),
      ]
        .filter((element) => element.checkVisibility()).map(({ outerHTML }) => outerHTML),
      messages: document.querySelectorAll(".message").length,
      whole: (document.querySelector(".log")?.scrollHeight ?? 0) <=
        document.documentElement.scrollHeight,
      ink: getComputedStyle(document.body).color,
    }));
    assertEquals(looks, { seen: [], messages: 40, whole: true, ink: "rgb(41, 36, 32)" });
    const pdf = new TextDecoder("latin1").decode(await ann.page.pdf({ format: "A4" }));
    const pages = Number(/\/Count (\d+)/.exec(pdf)?.[1]);
    assert(pages >= 1 && pages <= 3, `40 lines take ${pages} pages`);
  },
});

Deno.test({
  ...options,
  name: "A clock that is wrong by days draws no days that are not there",
  async fn() {
    await using hubbub = await Hubbub.start([]);
    await using browser = shared();
    const ann = await Visitor.arrive(browser, "about:blank");
    await ann.page.clock.setSystemTime(Date.now() + 3 * 86_400_000);
    await ann.page.goto(hubbub.url());
    await ann.takeName("Ann");
    await ann.send("in time");
    await ann.allSent();
    await ann.page.context().setOffline(true);
    await ann.status.getByText(/^Connection closed\./).waitFor();
    await ann.send("still in time");
    assertEquals(await ann.page.locator(".log .pending").count(), 1);
    assertEquals(await ann.page.locator(".rule.day").count(), 1);
    assertEquals(await ann.page.locator(".message.first").count(), 1);
    await ann.page.context().setOffline(false);
    await ann.allSent();
    assertEquals(await ann.page.locator(".rule.day").count(), 1);
  },
});

/** Delays resize notifications to a page, as a busy machine does, until released. */
function delayChanges(): void {
  const waiting: (() => void)[] = [];
  const { addEventListener } = MediaQueryList.prototype;
  MediaQueryList.prototype.addEventListener = function (type: string, listener: unknown): void {
    const call = () => typeof listener === "function" && listener();
    addEventListener.call(this, type, () => {
      document.documentElement.dataset.changes = String(waiting.push(call));
    });
  };
  document.addEventListener("release", () => waiting.forEach((call) => call()));
}

Deno.test({
  ...options,
  name: "A drawer stays open though the page learns only then that its window is narrow",
  async fn() {
    await using hubbub = await Hubbub.start([]);
    await using browser = shared();
    const ann = await Visitor.arrive(browser, hubbub.url(), { name: "Ann" });
    const { page } = ann;
    await page.addInitScript(delayChanges);
    await page.reload();
    await ann.box.waitFor();
    await page.setViewportSize({ width: 390, height: 800 });
    await page.getByRole("button", { name: "Show rooms" }).press("Enter");
    const close = page.getByRole("navigation").getByRole("button", { name: "Close" });
    await close.waitFor();
    await page.waitForFunction(() => Number(document.documentElement.dataset.changes) >= 2);
    await page.evaluate(() => document.dispatchEvent(new Event("release")));
    assertEquals(await page.locator("main").getAttribute("inert"), "");
    await close.press("Enter");
    await close.waitFor({ state: "hidden" });
    assertEquals(ann.faults, []);
  },
});

Deno.test({
  ...options,
  name: "The focus moves on when its element goes away: buttons, dialogs, drawers, rooms",
  async fn() {
    await using hubbub = await Hubbub.start([]);
    await using browser = shared();
    const ann = await Visitor.arrive(browser, `${hubbub.url()}#/garden`, { name: "Ann" });
    const { page } = ann;
    const button = (name: string | RegExp) => page.getByRole("button", { name });
    async function focusIsOn(selector: string): Promise<void> {
      await page.waitForFunction(
        (selector) => document.activeElement?.matches(selector),
        selector,
      );
    }
    await ann.go("lobby");
    await button("Room menu").press("Enter");
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "garden" }).waitFor();
    await focusIsOn("#composer");

    await page.context().setOffline(true);
    await button("Retry now").focus();
    await page.context().setOffline(false);
    await ann.status.getByText("Connected").waitFor();
    await focusIsOn("#composer");

    for (const name of ["Ann, Settings", "Keyboard shortcuts", "Find or create a room"]) {
      await button(name).press("Enter");
      await page.getByRole("dialog").waitFor();
      assertEquals(
        await page.evaluate(() => document.activeElement?.closest("dialog") !== null),
        true,
      );
      await page.keyboard.press("Escape");
      await page.getByRole("dialog").waitFor({ state: "detached" });
      await focusIsOn(`[aria-label="${name}"], .find-room`);
    }

    // Text is selected from its inside to beside it; a click beside it closes it.
    await button("Ann, Settings").press("Enter");
    await page.getByRole("dialog").getByRole("heading").first().hover();
    await page.mouse.down();
    await page.mouse.move(5, 5);
    await page.mouse.up();
    for (let n = 0; n < 2; n++) await page.evaluate(() => new Promise(requestAnimationFrame));
    assertEquals(await page.getByRole("dialog").count(), 1);
    await page.mouse.click(5, 5);
    await page.getByRole("dialog").waitFor({ state: "detached" });

    // Escape closes it at once, and the page hears of that a frame later: the focus may be elsewhere by then.
    await button("Ann, Settings").press("Enter");
    await page.getByRole("dialog").waitFor();
    await page.evaluate(() => {
      document.querySelector("dialog")?.close();
      const next = document.querySelector<HTMLElement>('[aria-label="Keyboard shortcuts"]');
      next?.focus();
      next?.click();
    });
    await page.getByRole("dialog", { name: "Keyboard shortcuts" }).waitFor();
    await page.keyboard.press("Escape");
    await page.locator("dialog").waitFor({ state: "detached" });
    await focusIsOn('[aria-label="Keyboard shortcuts"]');

    await page.setViewportSize({ width: 390, height: 800 });
    for (const [opener, drawer] of [["Show rooms", "nav"], [/^Show people/, "aside"]]) {
      for (const close of ["Escape", "Enter"]) {
        await button(opener ?? "").press("Enter");
        await focusIsOn(`${drawer} button`);
        // Behind it nothing can be reached.
        assertEquals(await page.locator("main").getAttribute("inert"), "");
        await page.keyboard.press(close);
        await focusIsOn("main button[aria-expanded=false]");
      }
    }

    // Twice at once, it closes a dialog and the drawer behind it.
    await button("Show rooms").press("Enter");
    await button("Ann, Settings").press("Enter");
    await page.getByRole("dialog").waitFor();
    await page.keyboard.press("Escape");
    await page.keyboard.press("Escape");
    await page.locator(".sidebar.open").waitFor({ state: "detached" });
    assertEquals(ann.faults, []);
  },
});
