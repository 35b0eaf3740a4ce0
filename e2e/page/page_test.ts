/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import { assert, assertEquals } from "../../testing/assert.ts";
import { noBrowser, sharedBrowser } from "../../testing/browser.ts";
import { Hubbub } from "../../testing/hubbub.ts";
import { fill, shownFor, Visitor } from "../../testing/page.ts";

const shared = sharedBrowser();

/** The library keeps its pipes to the browser open a little longer than a test. */
const options = { ignore: noBrowser, sanitizeResources: false, sanitizeOps: false };

Deno.test({
  ...options,
  name: "Two people meet: names, formatting, mentions, typing, people, renaming",
  async fn() {
    await using hubbub = await Hubbub.start(["--data", ":memory:"]);
    await using browser = shared();
    const ann = await Visitor.arrive(browser, hubbub.url(), { name: "Ann" });
    const bob = await Visitor.arrive(browser, hubbub.url(), { name: "Bob" });
    await ann.page.getByRole("list", { name: "People" }).getByText("Bob").waitFor();

    const typing = shownFor(bob.page, "body", "Ann is typing…");
    await ann.box.pressSequentially("**bold** and `code`");
    await typing;
    await ann.box.press("Shift+Enter");
    await ann.box.pressSequentially(":tada: https://hubbub.example/x hi @bo");
    await ann.page.getByRole("option", { name: "Bob" }).waitFor();
    await ann.box.press("Tab");
    await ann.page.getByRole("button", { name: "Send" }).click();

    // The emoji are loaded for the first text that has some.
    const message = bob.message("🎉");
    await message.waitFor();
    assertEquals(
      await message.locator(".text").innerText(),
      "bold and code\n🎉 https://hubbub.example/x hi @Bob",
    );
    assertEquals(await message.locator("strong").innerText(), "bold");
    assertEquals(await message.locator("code").innerText(), "code");
    assertEquals(await message.locator(".mention.own").innerText(), "@Bob");
    const link = message.getByRole("link");
    assertEquals(await link.getAttribute("target"), "_blank");
    assert((await link.getAttribute("rel"))?.includes("noopener"));
    await bob.page.getByText("Ann is typing…").waitFor({ state: "detached" });
    await ann.allSent();

    const copied = await bob.page.evaluate(() => {
      getSelection()?.selectAllChildren(document.querySelector(".rows") ?? document.body);
      return String(getSelection());
    });
    assertEquals(copied.split(/\n+/), [
      "Ann",
      "bold and code",
      "🎉 https://hubbub.example/x hi @Bob",
    ]);

    // A mention of everyone reaches the people in the room; a guest is not a member.
    const eve = await Visitor.arrive(browser, hubbub.url());
    await ann.send("Lunch, @room?");
    const own = bob.message("Lunch").locator(".mention.own");
    await own.waitFor();
    assertEquals(await own.innerText(), "@room");
    await eve.message("Lunch").locator(".mention").waitFor();
    assertEquals(await eve.message("Lunch").locator(".own").count(), 0);

    await bob.takeName("Robert");
    await ann.page.getByText("Bob is now Robert").waitFor();
    await ann.page.getByRole("list", { name: "People" }).getByText("Robert").waitFor();

    await ann.takeName("Robert").catch(() => {});
    await ann.page.getByText("That name is taken.").waitFor();
    assertEquals([ann.faults, bob.faults, eve.faults], [[], [], []]);
    assertEquals(
      [...ann.hosts, ...bob.hosts].every((host) => host === new URL(hubbub.url()).host),
      true,
    );
  },
});

Deno.test({
  ...options,
  name: "Rooms: made by typing a name, entered by address, unread until read, left, remembered",
  async fn() {
    await using hubbub = await Hubbub.start(["--data", ":memory:"]);
    await using browser = shared();
    const ann = await Visitor.arrive(browser, hubbub.url(), { name: "Ann" });
    const bob = await Visitor.arrive(browser, `${hubbub.url()}#/garden`, { name: "Bob" });
    const rooms = ann.page.getByRole("list", { name: "Rooms" });

    await ann.page.keyboard.press("Control+k");
    await ann.page.getByRole("combobox", { name: "Room" }).fill("garden");
    await ann.page.keyboard.press("Enter");
    await ann.page.getByRole("heading", { name: "garden" }).waitFor();
    await ann.box.fill("a draft for the garden");
    const marked = rooms.getByRole("link", { name: "garden" }).getByLabel("Unsent draft");
    assertEquals(await marked.count(), 0);
    await ann.go("lobby");
    assertEquals(await ann.box.inputValue(), "");
    await marked.waitFor();

    await bob.send("one");
    await bob.send("two");
    await rooms.getByRole("img", { name: "2 unread messages" }).waitFor();
    await ann.page.waitForFunction(() => document.title.startsWith("(2)"));
    assert(await ann.page.locator('link[rel="icon"][href*="badge-2"]').count() === 1);

    await ann.go("garden");
    await ann.page.locator(".rule.unread").waitFor();
    assertEquals(await ann.box.inputValue(), "a draft for the garden");
    await ann.message("two").waitFor();
    await rooms.getByRole("img", { name: "unread" }).waitFor({ state: "detached" });
    await ann.go("lobby");
    await ann.go("garden");
    assertEquals(await ann.page.locator(".rule.unread").count(), 0);

    await ann.page.reload();
    await ann.page.getByRole("heading", { name: "garden" }).waitFor();
    await ann.message("two").waitFor();
    assertEquals(await ann.page.locator(".rule.unread").count(), 0);
    assertEquals(await ann.box.inputValue(), "a draft for the garden");

    await ann.chooseInMenu("Leave room");
    await ann.page.getByRole("heading", { name: "lobby" }).waitFor();
    assertEquals(await rooms.getByRole("link").count(), 1);
    assertEquals([ann.faults, bob.faults], [[], []]);
  },
});

Deno.test({
  ...options,
  name: "With a secret the same person comes in on another device, and a password opens the server",
  async fn() {
    await using hubbub = await Hubbub.start(["--data", ":memory:", "--password", "open sesame"]);
    await using browser = shared();
    const first = await Visitor.arrive(browser, hubbub.url());
    const { page } = first;
    await page.getByRole("textbox", { name: "Your name" }).fill("Ann");
    await page.getByLabel("Server password").fill("wrong");
    await page.getByRole("button", { name: "Join" }).click();
    await page.getByText("Wrong server password.").waitFor();
    await page.getByLabel("Server password").fill("open sesame");
    await page.getByRole("button", { name: "My name has a password" }).click();
    await page.getByLabel("Name password").fill("mellon");
    await page.getByRole("button", { name: "Join" }).click();
    await first.status.getByText("Connected").waitFor();
    await first.send("from the first");

    const second = await Visitor.arrive(browser, hubbub.url());
    await second.page.getByRole("textbox", { name: "Your name" }).fill("Ann");
    await second.page.getByLabel("Server password").fill("open sesame");
    await second.page.getByRole("button", { name: "Join" }).click();
    await second.page.getByText("That name is taken.").waitFor();
    await second.page.getByLabel("Name password").fill("melon");
    await second.page.getByRole("button", { name: "Join" }).click();
    await second.page.getByText("Wrong password for this name.").waitFor();
    await second.page.getByLabel("Name password").fill("mellon");
    await second.page.getByRole("button", { name: "Join" }).click();
    await second.status.getByText("Connected").waitFor();
    await second.message("from the first").waitFor();
    await second.page.getByRole("list", { name: "People" }).getByText("Ann").waitFor();
    assertEquals(
      await second.page.getByRole("list", { name: "People" }).getByRole("listitem").count(),
      1,
    );

    await second.page.getByRole("button", { name: "Settings" }).click();
    await second.page.getByRole("button", { name: "Log out", exact: true }).click();
    await second.page.getByLabel("Server password").waitFor();
  },
});

Deno.test({
  ...options,
  name: "By keyboard alone, with junk in the storage: settings are kept, the focus is never lost",
  async fn() {
    await using hubbub = await Hubbub.start(["--data", ":memory:"]);
    await using browser = shared();
    const ann = await Visitor.arrive(browser, hubbub.url());
    const { page } = ann;
    await page.evaluate(() => {
      for (const key of ["rooms", "room", "theme", "read.lobby", "outbox.x", "draft.lobby"]) {
        const own = `of.${localStorage.getItem("hubbub.owner")}.`;
        localStorage.setItem(`hubbub.${own}${key}`, '{"junk":[null');
        localStorage.setItem(`hubbub.${key}`, '{"junk":[null');
      }
    });
    await page.reload();
    await ann.status.getByText("Connected").waitFor();
    await page.keyboard.type("Ann");
    await page.keyboard.press("Enter");
    await page.locator(".welcome").waitFor({ state: "detached" });
    await page.keyboard.press("Control+a");
    await page.keyboard.type("by hand");
    await page.keyboard.press("Enter");
    await ann.message("by hand").waitFor();
    await ann.allSent();

    const focused = () => page.evaluate(() => document.activeElement?.id ?? "");
    await page.keyboard.press("Control+/");
    await page.getByRole("dialog", { name: "Keyboard shortcuts" }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    assertEquals(await focused(), "composer");

    await page.keyboard.press("Control+k");
    await page.keyboard.type("Garden Party");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "garden-party" }).waitFor();
    await page.waitForFunction(() => document.activeElement?.id === "composer");
    await page.keyboard.press("Alt+ArrowUp");
    await page.getByRole("heading", { name: "lobby" }).waitFor();
    await page.waitForFunction(() => document.activeElement?.id === "composer");

    await page.getByRole("button", { name: "Settings" }).press("Enter");
    await page.getByRole("radio", { name: "Dark" }).press("Space");
    await page.getByRole("radio", { name: "简体中文" }).press("Space");
    await page.getByRole("dialog", { name: "设置" }).waitFor();
    await page.keyboard.press("Escape");
    await page.reload();
    await page.getByRole("status", { name: "连接状态" }).getByText("已连接").waitFor();
    assertEquals(
      await page.evaluate(() => getComputedStyle(document.documentElement).colorScheme),
      "dark",
    );
    assertEquals(await page.evaluate(() => document.documentElement.lang), "zh-Hans");
    assertEquals(ann.faults, []);
  },
});

Deno.test({
  ...options,
  name: "A room with much unread opens where that begins, and is read at its end",
  async fn() {
    await using hubbub = await Hubbub.start(["--data", ":memory:", "--rate", "0"]);
    await using browser = shared();
    const ann = await Visitor.arrive(browser, `${hubbub.url()}#/garden`, { name: "Ann" });
    await ann.send("read long ago");
    await ann.allSent();
    await ann.go("lobby");
    await fill(hubbub, 45, { room: "garden" });
    const unread = ann.page.getByRole("list", { name: "Rooms" }).getByRole("img");
    await unread.and(ann.page.getByLabel("45 unread messages")).waitFor();
    await ann.page.reload();
    await ann.status.getByText("Connected").waitFor();
    await unread.and(ann.page.getByLabel("45 unread messages")).waitFor();

    await ann.go("garden");
    const line = ann.page.locator(".rule.unread");
    await line.waitFor();
    assertEquals((await firstVisible(ann)).key === "", false);
    const { y = -1 } = await line.boundingBox() ?? {};
    assert(y > 50 && y < 400, `the line stands at ${y}`);
    await unread.and(ann.page.getByLabel("45 unread messages")).waitFor();
    await ann.page.getByRole("button", { name: "45 new messages" }).click();
    await ann.messages.getByText("line 45", { exact: true }).waitFor();
    await unread.waitFor({ state: "detached" });
  },
});

Deno.test({
  ...options,
  name: "Scrolling up loads older messages, and the text being read stays in place",
  async fn() {
    await using hubbub = await Hubbub.start(["--data", ":memory:", "--rate", "0"]);
    await fill(hubbub, 600, {
      text: (n) => `line ${n}${n % 7 === 0 ? " and more words".repeat(20) : ""}`,
    });
    await using browser = shared();
    const ann = await Visitor.arrive(browser, hubbub.url(), { name: "Ann" });
    const bob = await Visitor.arrive(browser, hubbub.url(), { name: "Bob" });
    await ann.message("line 600").waitFor();

    const log = ann.page.getByRole("log", { name: "Messages" });
    await log.hover();
    for (let i = 0; i < 12; i++) {
      await ann.page.mouse.wheel(0, -700);
      await ann.page.waitForTimeout(30);
    }
    await ann.page.getByRole("button", { name: "Jump to latest" }).waitFor();
    const before = await atRest(ann);
    await bob.send("something new");
    await ann.page.getByRole("button", { name: "1 new message" }).waitFor();
    await ann.page.setViewportSize({ width: 900, height: 800 });
    const after = await atRest(ann);
    assertEquals(after.key, before.key);
    assert(Math.abs(after.top - before.top) <= 2, `it moved from ${before.top} to ${after.top}`);

    // All the way up, without a hole and without one twice.
    for (
      let i = 0;
      i < 300 && !await ann.page.getByText("This is the start of #lobby").isVisible();
      i++
    ) {
      await log.press("Home");
      await ann.page.waitForTimeout(20);
    }
    // The last step put older messages above what was in view.
    await log.press("Home");
    await ann.messages.getByText("line 1", { exact: true }).waitFor();
    await ann.page.getByRole("button", { name: "1 new message" }).click();
    await ann.message("something new").waitFor();
    const drawn = await ann.messages.count();
    assert(drawn < 200, `${drawn} messages are drawn`);
    assertEquals(ann.faults, []);
  },
});

Deno.test({
  ...options,
  name: "Home and End go all the way, though rows turn out to be of another height",
  async fn() {
    await using hubbub = await Hubbub.start(["--data", ":memory:", "--rate", "0"]);
    await fill(hubbub, 200, {
      text: (n) => `line ${n}${n % 7 === 0 ? " and more words".repeat(20) : ""}`,
    });
    await using browser = shared();
    const ann = await Visitor.arrive(browser, hubbub.url(), { name: "Ann" });
    await ann.message("line 200").waitFor();
    // On a slow device the drawing of rows falls into the midst of a scroll.
    const devtools = await ann.page.context().newCDPSession(ann.page);
    await devtools.send("Emulation.setCPUThrottlingRate", { rate: 6 });

    const log = ann.page.getByRole("log", { name: "Messages" });
    while (!await ann.page.getByText("This is the start of #lobby").isVisible()) {
      await log.press("Home");
      await ann.page.waitForTimeout(20);
    }
    const widths = [700, 1000];
    for (let i = 0; i < 6; i++) {
      await ann.page.setViewportSize({ width: widths[i % 2] ?? 0, height: 800 });
      await log.press("Home");
      await ann.page.waitForFunction(() => document.querySelector(".log")?.scrollTop === 0);
      await log.press("End");
      await ann.message("line 200").waitFor();
    }
    assertEquals(ann.faults, []);
  },
});

/** The first message that is in view, and how far from the top. */
function firstVisible({ page }: Visitor): Promise<{ key: string; top: number }> {
  return page.evaluate(() => {
    const port = document.querySelector(".log");
    const edge = port?.getBoundingClientRect().top ?? 0;
    for (const row of document.querySelectorAll<HTMLElement>(".log .row")) {
      const { top, bottom } = row.getBoundingClientRect();
      if (bottom > edge + 1) return { key: row.dataset.key ?? "", top: Math.round(top - edge) };
    }
    return { key: "", top: 0 };
  });
}

/** The same once nothing moves any more: a wheel's scroll continues for a while, and longer on a busy machine. */
async function atRest(visitor: Visitor): Promise<{ key: string; top: number }> {
  let before = await firstVisible(visitor);
  for (let same = 0; same < 4;) {
    await visitor.page.waitForTimeout(100);
    const now = await firstVisible(visitor);
    same = now.key === before.key && now.top === before.top ? same + 1 : 0;
    before = now;
  }
  return before;
}
