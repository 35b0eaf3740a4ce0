/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import { assert, assertEquals } from "../../testing/assert.ts";
import { checkLooks } from "../../testing/axe.ts";
import { noBrowser, sharedBrowser } from "../../testing/browser.ts";
import { Hubbub } from "../../testing/hubbub.ts";
import { fill, shownFor, Visitor } from "../../testing/page.ts";

const shared = sharedBrowser();

/** The library keeps its pipes to the browser open a little longer than a test. */
const options = { ignore: noBrowser, sanitizeResources: false, sanitizeOps: false };

const GONE = "There is no such message here";

/** Resolves once a message has the focus, its context is drawn on both sides, and it stands in the view. */
async function isShown({ page }: Visitor, text: string): Promise<void> {
  await page.waitForFunction((text) => {
    const focused = document.activeElement;
    const log = document.querySelector(".log")?.getBoundingClientRect();
    const at = focused?.getBoundingClientRect();
    const texts = [...document.querySelectorAll(".log .text")].map(({ textContent }) =>
      textContent
    );
    const index = texts.indexOf(text);
    return log !== undefined && at !== undefined && at.top >= log.top && at.bottom <= log.bottom &&
      focused?.querySelector(".text")?.textContent === text &&
      index > 0 && index < texts.length - 1;
  }, text);
}

/** Returns the texts of the messages of which anything is in the view. */
async function inView({ page }: Visitor): Promise<string[]> {
  return await page.locator(".log").evaluate((log) => {
    const { top, bottom } = log.getBoundingClientRect();
    return [...log.querySelectorAll(".message")].filter((message) => {
      const box = message.getBoundingClientRect();
      return box.bottom > top && box.top < bottom;
    }).map((message) => message.querySelector(".text")?.textContent ?? "");
  });
}

async function hash({ page }: Visitor): Promise<string> {
  return await page.evaluate(() => location.hash);
}

Deno.test({
  ...options,
  name:
    "A link to an old message opens there, its reader can go on to the newest, and back returns",
  async fn() {
    await using hubbub = await Hubbub.start(["--data", ":memory:", "--rate", "0"]);
    await fill(hubbub, 700);
    await fill(hubbub, 3, { room: "garden", text: (n) => `bean ${n}` });
    await using browser = shared();
    // A room that was never joined here, and a message that is far from what is loaded.
    const ann = await Visitor.arrive(browser, `${hubbub.url()}#/lobby/123`);
    await isShown(ann, "line 123");
    assertEquals(await hash(ann), "#/lobby/123");
    await ann.takeName("Ann");

    // Messages written meanwhile are at their place, behind a gap that closes on the way down.
    const bob = await Visitor.arrive(browser, hubbub.url(), { name: "Bob" });
    await bob.send(`See ${hubbub.url()}#/lobby/300 and ${hubbub.url()}#/garden/2`);
    await bob.allSent();
    const down = ann.page.getByRole("button", { name: /new message/ });
    await down.filter({ hasText: "1" }).waitFor();
    assertEquals(await ann.message("See").count(), 0);
    const seen = await ann.page.locator(".log").evaluate(async (log) => {
      const seen = new Set<string>();
      /** Resolves when the log has changed, or a frame has passed. */
      const next = () => new Promise((resolve) => requestAnimationFrame(resolve));
      while (![...seen].some((text) => text.startsWith("See"))) {
        for (const text of log.querySelectorAll(".text")) seen.add(text.textContent ?? "");
        log.scrollTop += 400;
        await next();
      }
      log.scrollTop = log.scrollHeight;
      return [...seen];
    });
    const numbers = seen.filter((text) => text.startsWith("line ")).map((text) =>
      Number(text.slice(5))
    );
    assertEquals(
      numbers.toSorted((a, b) => a - b).slice(-500),
      Array.from({ length: 500 }, (_, i) => 201 + i),
    );
    await down.waitFor({ state: "detached" });

    // A link in a text opens in place; back leads to where one was.
    const link = ann.message("See").getByRole("link", { name: "#/lobby/300" });
    const marked = shownFor(ann.page, ".marked", "line 300");
    await link.click();
    await isShown(ann, "line 300");
    await marked;
    assertEquals(ann.page.context().pages().length, 1);
    await ann.page.evaluate("history.back()");
    await ann.message("See").waitFor();
    await down.waitFor({ state: "detached" });
    await ann.message("See").getByRole("link", { name: "#/garden/2" }).click();
    await ann.title("garden").waitFor();
    await ann.page.waitForFunction(() => document.activeElement?.textContent?.includes("bean 2"));
    await ann.page.evaluate("history.back()");
    await ann.title("lobby").waitFor();
    await ann.message("See").waitFor();
    await ann.page.evaluate("history.forward()");
    await ann.title("garden").waitFor();
    await ann.page.evaluate("history.back()");

    // From the middle of the log, too: the very place.
    await ann.message("See").waitFor();
    await link.click();
    await isShown(ann, "line 300");
    await ann.page.locator(".log").press("Home");
    await ann.message("line 1").first().waitFor();
    await ann.page.evaluate(() => {
      const again = Object.assign(document.createElement("a"), { href: "#/lobby/300" });
      document.querySelector(".foot")?.append(again);
      again.click();
      again.remove();
    });
    await isShown(ann, "line 300");
    const before = await inView(ann);
    assert(before.includes("line 299") && before.includes("line 301"));
    await ann.page.evaluate(() => location.hash = "#/lobby/650");
    await isShown(ann, "line 650");
    await ann.page.evaluate("history.back()");
    await ann.page.waitForFunction(() =>
      [...document.querySelectorAll(".log .text")].some(({ textContent }) =>
        textContent === "line 300"
      )
    );
    await ann.page.waitForFunction((wanted) => {
      const log = document.querySelector(".log");
      const { top = 0, bottom = 0 } = log?.getBoundingClientRect() ?? {};
      const texts = [...log?.querySelectorAll(".message") ?? []].filter((message) => {
        const box = message.getBoundingClientRect();
        return box.bottom > top && box.top < bottom;
      }).map((message) => message.querySelector(".text")?.textContent ?? "");
      return JSON.stringify(texts) === wanted;
    }, JSON.stringify(before));

    // The newest, with a key: the address names the room alone again.
    await ann.page.keyboard.press("Escape");
    await ann.message("See").waitFor();
    assertEquals(await hash(ann), "#/lobby");
    assertEquals([...ann.faults, ...bob.faults], []);
  },
});

Deno.test({
  ...options,
  name: "A link to a message that is not there says so, and the room is as always",
  async fn() {
    await using hubbub = await Hubbub.start(["--data", ":memory:", "--rate", "0"]);
    await fill(hubbub, 80);
    await using browser = shared();
    const ann = await Visitor.arrive(browser, hubbub.url(), { name: "Ann" });
    await ann.message("line 80").waitFor();
    for (const seq of ["81", "0", "99999999999999999999"]) {
      const said = shownFor(ann.page, ".toast", GONE);
      await ann.page.evaluate((seq) => location.hash = `#/lobby/${seq}`, seq);
      await said;
      await ann.page.waitForFunction(() => location.hash === "#/lobby");
      await ann.message("line 80").waitFor();
    }
    // A room that nobody knows, and one that may not be read: asked for alike.
    for (const room of ["nowhere", "~aaaaaaaaaaaaaaaaaaaa"]) {
      await ann.page.evaluate((room) => location.hash = `#/${room}/5`, room);
      await ann.page.locator(".unknown").waitFor();
    }
    await ann.page.evaluate("history.back()");
    await ann.page.evaluate("history.back()");
    await ann.title("lobby").waitFor();
    await ann.send("still here");
    await ann.message("still here").waitFor();
    assertEquals(ann.faults, []);
  },
});

Deno.test({
  ...options,
  name: "Messages below an old one stay unread, also on a phone with reduced motion",
  async fn() {
    await using hubbub = await Hubbub.start(["--data", ":memory:", "--rate", "0"]);
    await using browser = shared();
    const ann = await Visitor.arrive(browser, hubbub.url(), {
      name: "Ann",
      reducedMotion: "reduce",
      bypassCSP: true,
      permissions: ["clipboard-read", "clipboard-write"],
    });
    await ann.send("read");
    await ann.allSent();
    await ann.go("garden");
    await fill(hubbub, 400);
    await ann.page.setViewportSize({ width: 360, height: 640 });
    await ann.page.evaluate(() => location.hash = "#/lobby/150");
    await isShown(ann, "line 149");
    await ann.page.getByRole("button", { name: "99+ new messages" }).waitFor();
    await ann.go("garden");
    await ann.go("lobby");
    // The place before the jump.
    await ann.message("line 149").waitFor();

    // The link of another message, by keyboard.
    await ann.page.evaluate(() => location.hash = "#/lobby/160");
    await isShown(ann, "line 159");
    const copied = shownFor(ann.page, ".toast", "Link copied");
    await ann.page.keyboard.press("Enter");
    await ann.page.locator(".message-actions button:focus").waitFor();
    await ann.message("line 159").getByRole("button", { name: "Copy link" }).press("Enter");
    await copied;
    const address = await ann.page.evaluate(() => navigator.clipboard.readText());
    assertEquals(address, `${hubbub.url()}#/lobby/160`);
    const found: string[] = [];
    await checkLooks(ann.page, "an old message", found);
    assertEquals(found, []);
    assertEquals(ann.faults, []);
  },
});

Deno.test({
  ...options,
  name: "Jump to date shows the first message of a day, from the menu and the day in the log",
  async fn() {
    await using hubbub = await Hubbub.start(["--data", ":memory:", "--rate", "0"]);
    await fill(hubbub, 300);
    await using browser = shared();
    const ann = await Visitor.arrive(browser, hubbub.url(), { name: "Ann", bypassCSP: true });
    await ann.message("line 300").waitFor();
    await ann.chooseInMenu("Jump to date");
    const dialog = ann.page.getByRole("dialog", { name: "Jump to date" });
    const date = dialog.getByLabel("Date");
    await date.fill("1999-12-31");
    const found: string[] = [];
    await checkLooks(ann.page, "jump to date", found);
    assertEquals(found, []);
    await date.press("Enter");
    await ann.page.waitForFunction(() =>
      document.activeElement?.querySelector(".text")?.textContent === "line 1"
    );
    assertEquals(await hash(ann), "#/lobby/1");
    await ann.page.evaluate("history.back()");
    await ann.message("line 300").waitFor();

    const day = ann.page.locator(".rule.day button").first();
    // What comes before is loaded at the top, above what is in view.
    do await ann.page.locator(".log").press("Home"); while (!await day.isVisible());
    await day.click();
    await date.fill("");
    await dialog.getByRole("button", { name: "Jump" }).click();
    await dialog.getByText("Enter a date.").waitFor();
    const said = shownFor(ann.page, ".toast", "Nothing was written on that day");
    await date.fill("2999-01-01");
    await date.press("Enter");
    await said;
    await ann.message("line 300").waitFor();
    assertEquals(ann.faults, []);
  },
});
