/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import type { Page } from "playwright-core";
import { assertEquals } from "../../testing/assert.ts";
import { launch, noBrowser } from "../../testing/browser.ts";
import { Hubbub } from "../../testing/hubbub.ts";
import { Visitor } from "../../testing/page.ts";

/** The library keeps its pipes to the browser open a little longer than a test. */
const options = { ignore: noBrowser, sanitizeResources: false, sanitizeOps: false };

/**
 * Looks at what the page does with the browser's own notifications and sound; all of it is really done.
 * Its clock can be stopped: how long a busy machine takes between two messages, nobody knows.
 */
const WATCH = `
  globalThis.asked = globalThis.answered = 0;
  globalThis.shown = [];
  globalThis.tones = 0;
  const ask = Notification.requestPermission;
  globalThis.Notification = class extends Notification {
    static async requestPermission() {
      asked++;
      const permission = await ask.call(super.prototype.constructor);
      answered++;
      return permission;
    }
    constructor(title, options) {
      super(title, options);
      if (globalThis.refusing) throw new TypeError("Illegal constructor");
      this.renotifies = options.renotify;
      this.addEventListener("show", () => shown.push(this));
    }
  };
  // The page's clock stands still while a test says so.
  const now = performance.now.bind(performance);
  performance.now = () => globalThis.stoppedAt ?? now();
  const { start } = OscillatorNode.prototype;
  OscillatorNode.prototype.start = function (at) {
    tones++;
    return start.call(this, at);
  };
`;

/** Ann, who is watched, looks at the lobby and is in the garden too, which Bob looks at. */
async function meet() {
  await using arriving = new AsyncDisposableStack();
  const browser = arriving.use(await launch({ isFull: true }));
  const hubbub = arriving.use(await Hubbub.start(["--data", ":memory:"]));
  const ann = await Visitor.arrive(browser, "about:blank");
  await ann.page.addInitScript(WATCH);
  await ann.page.goto(`${hubbub.url()}#/garden`);
  await ann.takeName("Ann");
  await ann.go("lobby");
  const bob = await Visitor.arrive(browser, hubbub.url(), { name: "Bob" });
  await bob.go("garden");
  const held = arriving.move();
  return { hubbub, ann, bob, [Symbol.asyncDispose]: () => held.disposeAsync() };
}

/** Permits notifications, as a person does in the browser's settings, and waits until the page knows. */
async function permit(page: Page, hubbub: Hubbub): Promise<void> {
  await page.context().grantPermissions(["notifications"], { origin: hubbub.url() });
  await page.waitForFunction(() => Notification.permission === "granted");
}

Deno.test({
  ...options,
  name: "Asks for leave to notify after a mention was missed, and notifies of the next ones alone",
  async fn() {
    await using met = await meet();
    const { hubbub, ann, bob } = met;
    const { page } = ann;
    const question = page.getByText("Bob mentioned you in #garden. Get notified next time?");
    const asked = () => page.evaluate("asked");
    const shown = () => page.evaluate("shown.map(({ title, body, tag }) => [title, body, tag])");
    async function seen(count: number): Promise<void> {
      await page.waitForFunction((n) => Reflect.get(globalThis, "shown").length === n, count);
    }

    await bob.send("nobody is meant");
    await page.getByRole("img", { name: "1 unread message" }).waitFor();
    await bob.go("lobby");
    await bob.send("hi @Ann, you see this");
    await ann.message("you see this").waitFor();
    assertEquals([await question.count(), await asked()], [0, 0]);

    await bob.go("garden");
    await bob.send("@Ann are you there?");
    await question.waitFor();
    assertEquals([await asked(), await shown()], [0, []]);
    await page.getByRole("button", { name: "Turn on" }).click();
    await question.waitFor({ state: "detached" });
    assertEquals(await asked(), 1);
    assertEquals(await page.evaluate(() => document.activeElement?.id), "composer");

    // A browser without a window refuses automatically: grant the permission in its settings. Till it has, the page may
    // still turn notifications on by itself.
    await page.waitForFunction(() => Reflect.get(globalThis, "answered") === 1);
    await permit(page, hubbub);
    await page.getByRole("button", { name: "Settings" }).click();
    await page.getByLabel("Notify me of mentions and replies").check();
    await page.keyboard.press("Escape");
    assertEquals(await asked(), 1);

    await bob.send("no names");
    await bob.send("@Ann **now** ||secret||");
    await seen(1);
    assertEquals(await shown(), [["Bob · #garden", "@Ann now (spoiler)", "garden"]]);

    // A reply is one, too.
    await ann.go("garden");
    await ann.send("a question");
    const theirs = bob.message("a question");
    await theirs.waitFor();
    await ann.go("lobby");
    await theirs.hover();
    await theirs.getByRole("toolbar", { name: "Message actions" })
      .getByRole("button", { name: "Reply", exact: true }).click();
    await bob.send("an answer");
    await seen(2);
    assertEquals((await shown() as unknown[]).at(-1), ["Bob · #garden", "an answer", "garden"]);
    await bob.go("lobby");
    await bob.send("@Ann look here");
    await ann.message("look here").waitFor();

    // Another tab has the window: now the room that is open is not looked at either.
    const session = await page.context().newCDPSession(page);
    await session.send("Emulation.setFocusEmulationEnabled", { enabled: false });
    const other = await page.context().newPage();
    await other.bringToFront();
    await page.waitForFunction(() => !document.hasFocus());
    await bob.send("@Ann and here?");
    await seen(3);
    assertEquals((await shown() as unknown[]).at(-1), ["Bob · #lobby", "@Ann and here?", "lobby"]);
    await page.waitForFunction(() => document.title.startsWith("("));

    // A click leads to where it was.
    await page.evaluate("shown[0].dispatchEvent(new Event('click'))");
    await page.getByRole("heading", { name: "garden" }).waitFor();
    assertEquals(await page.evaluate("location.hash"), "#/garden");

    await page.getByRole("button", { name: "Settings" }).click();
    await page.getByLabel("Notify me of mentions and replies").uncheck();
    await page.keyboard.press("Escape");
    await bob.send("@Ann still there?");
    // Mentions and replies have a count of the same.
    const rooms = page.getByRole("list", { name: "Rooms" });
    await rooms.getByRole("img", { name: "2 unread messages" }).waitFor();
    assertEquals((await shown() as unknown[]).length, 3);
    assertEquals(ann.faults, []);
  },
});

Deno.test({
  ...options,
  name:
    "Every mention alerts again, also in a room that has a notification; a browser that can't, says so",
  async fn() {
    await using met = await meet();
    const { hubbub, ann, bob } = met;
    const { page } = ann;
    await permit(page, hubbub);
    await page.getByRole("button", { name: "Settings" }).click();
    await page.getByLabel("Notify me of mentions and replies").check();
    await page.keyboard.press("Escape");
    for (const n of [1, 2, 3]) {
      await bob.send(`@Ann, number ${n}`);
      await page.waitForFunction((n) => Reflect.get(globalThis, "shown").length === n, n);
    }
    assertEquals(
      await page.evaluate("shown.map(({ tag, body, renotifies }) => [tag, body, renotifies])"),
      [1, 2, 3].map((n) => ["garden", `@Ann, number ${n}`, true]),
    );

    // As Chromium on Android does it.
    await page.evaluate("globalThis.refusing = true");
    await bob.send("@Ann, one more");
    await page.getByText("This browser can't show notifications from a page.").waitFor();
    await page.getByRole("button", { name: "Settings" }).click();
    assertEquals(await page.getByLabel("Notify me of mentions and replies").isChecked(), false);
    assertEquals(await page.getByLabel("Notify me of mentions and replies").isDisabled(), true);
    assertEquals(ann.faults, []);
  },
});

Deno.test({
  ...options,
  name: "Is silent until sound is turned on, and then makes one sound of many messages at once",
  async fn() {
    await using met = await meet();
    const { hubbub, ann, bob } = met;
    const { page } = ann;
    await bob.send("quiet");
    await page.getByRole("img", { name: "1 unread message" }).waitFor();
    assertEquals(await page.evaluate("tones"), 0);

    await page.getByRole("button", { name: "Settings" }).click();
    const sound = page.getByLabel("Sound for new messages");
    assertEquals(await sound.isChecked(), false);
    await sound.check();
    await page.keyboard.press("Escape");
    await page.evaluate("globalThis.stoppedAt = performance.now()");
    // In one frame: the page would send one after the other.
    const carl = new WebSocket(hubbub.url("/ws").replace("http", "ws"), "hubbub.v1");
    const room = "garden";
    const sends = ["one", "two", "three"].map((id) => ({ type: "send", room, id, text: id }));
    carl.onopen = () =>
      carl.send([{ type: "join", room }, ...sends].map((line) => JSON.stringify(line)).join("\n"));
    await page.getByRole("img", { name: "4 unread messages" }).waitFor();
    assertEquals(await page.evaluate("tones"), 2);
    // A second later there is another one.
    await page.evaluate("globalThis.stoppedAt += 1000");
    carl.send(JSON.stringify({ type: "send", room, id: "four", text: "four" }));
    await page.getByRole("img", { name: "5 unread messages" }).waitFor();
    assertEquals(await page.evaluate("tones"), 4);
    carl.close();

    await page.reload();
    await ann.status.getByText("Connected").waitFor();
    await page.getByRole("button", { name: "Settings" }).click();
    assertEquals(await sound.isChecked(), true);
    assertEquals(ann.faults, []);
  },
});
