/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import { Buffer } from "node:buffer";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { reachableFrom } from "../../build/import_graph.ts";
import { assert, assertEquals } from "../../testing/assert.ts";
import { noBrowser, sharedBrowser } from "../../testing/browser.ts";
import { noDisk, smallDisk } from "../../testing/disk.ts";
import { temporaryFolder } from "../../testing/folder.ts";
import { Hubbub, ROOT, type Runtime, SOURCE } from "../../testing/hubbub.ts";
import { fill, Visitor } from "../../testing/page.ts";
import { drawPicture, give } from "../../testing/pictures.ts";

const shared = sharedBrowser();

/** The library keeps its pipes to the browser open a little longer than a test. */
const options = { ignore: noBrowser, sanitizeResources: false, sanitizeOps: false };

Deno.test({
  ...options,
  name: "The page says why the server refuses it, and connects when it may",
  async fn() {
    await using browser = shared();
    await using hubbub = await Hubbub.start(["--max-clients", "1"]);
    const bob = await Visitor.arrive(browser, hubbub.url());
    await bob.status.getByText("Connected").waitFor();
    const ann = await Visitor.arrive(browser, hubbub.url());
    await ann.status.getByText(
      "Connection closed. The server says: “This server is full: try again later”. Reconnecting…",
    ).waitFor();
    await bob.leave();
    await ann.status.getByText("Connected").waitFor();
  },
});

/** Stops a server and waits until somebody has noticed. */
async function stop(hubbub: Hubbub, visitor: Visitor): Promise<void> {
  hubbub.signal("SIGTERM");
  await hubbub.status;
  await visitor.status.getByText(/^Connection closed\./).waitFor();
}

Deno.test({
  ...options,
  name: "What the server refuses stands there with its reason, to be tried again or deleted",
  async fn() {
    await using folder = await temporaryFolder();
    await using browser = shared();
    const flags = ["--data", `${folder.path}/chat.db`];
    await using first = await Hubbub.start(flags);
    const port = ["--port", String(first.port)];
    const ann = await Visitor.arrive(browser, first.url(), { name: "Ann" });
    const bob = await Visitor.arrive(browser, first.url(), { name: "Bob" });
    await stop(first, ann);
    const [long, longer] = ["one too long ".repeat(5).trim(), "two too long ".repeat(6).trim()];
    for (const text of [long, longer, "short"]) await ann.send(text);
    {
      await using second = await Hubbub.start([...flags, ...port, "--max-message", "20"]);
      await ann.message("Not sent: it's too long.").nth(1).waitFor();
      await ann.page.locator("[aria-live=polite]", { hasText: "Not sent: it's too long." })
        .waitFor({ state: "attached" });
      // Later messages are not held up.
      await bob.message("short").waitFor();
      const focused = () => ann.page.evaluate(() => document.activeElement?.id);
      await ann.message(longer).getByRole("button", { name: "Discard" }).press("Enter");
      await ann.message(longer).waitFor({ state: "detached" });
      assertEquals(await focused(), "composer");
      await ann.message(long).getByRole("button", { name: "Try again" }).press("Enter");
      assertEquals(await focused(), "composer");
      await ann.message("Not sent: it's too long.").waitFor();
      await ann.page.reload();
      await ann.message("Not sent: it's too long.").waitFor();
      await stop(second, ann);
    }
    await using _third = await Hubbub.start([...flags, ...port]);
    await ann.status.getByText("Connected").waitFor();
    await ann.message(long).getByRole("button", { name: "Try again" }).click();
    await bob.message(long).waitFor();
    await ann.allSent();
    assertEquals(await ann.texts(), ["short", long]);
    assertEquals(await bob.texts(), ["short", long]);
    assertEquals(ann.faults, []);
  },
});

Deno.test({
  ...options,
  ignore: noBrowser || noDisk,
  name: "While the server's disk is full a message waits, and arrives by itself when there is room",
  async fn() {
    await using disk = await smallDisk("4m");
    await using browser = shared();
    await using hubbub = await Hubbub.start(["--data", `${disk.path}/chat.db`]);
    const ann = await Visitor.arrive(browser, hubbub.url(), { name: "Ann" });
    const bob = await Visitor.arrive(browser, hubbub.url(), { name: "Bob" });
    await ann.send("before");
    await bob.message("before").waitFor();
    await disk.fill();
    // The database's spare space is soon used up.
    let sent = 0;
    while (await ann.page.locator(".log .pending").count() === 0 && sent < 500) {
      await ann.send(`${++sent} ${"x".repeat(3000)}`);
      await ann.page.waitForTimeout(60);
    }
    await ann.page.getByRole("img", { name: "Sending…" }).first().waitFor();
    assertEquals(await ann.status.innerText(), "Connected");
    await disk.free();
    await ann.allSent();
    await bob.message(`${sent} xxx`).waitFor();
    assertEquals(await ann.page.locator(".log .failed").count(), 0);
    assertEquals(ann.faults, []);
  },
});

/** Another version of Hubbub: its sources and its page, in a folder of their own. */
async function otherVersion(folder: string, version: string): Promise<Runtime> {
  for (const path of await reachableFrom(fileURLToPath(ROOT), ["main.ts"])) {
    await Deno.mkdir(join(folder, dirname(path)), { recursive: true });
    await Deno.copyFile(new URL(path, ROOT), join(folder, path));
  }
  const config = await Deno.readTextFile(new URL("deno.json", ROOT));
  await Deno.writeTextFile(
    join(folder, "deno.json"),
    config.replace(/"version": "[^"]*"/, `"version": "${version}"`),
  );
  await Deno.copyFile(new URL("deno.lock", ROOT), join(folder, "deno.lock"));
  await Deno.symlink(new URL("dist", ROOT), join(folder, "dist"));
  return { name: version, command: SOURCE.command.with(-1, join(folder, "main.ts")) };
}

Deno.test({
  ...options,
  name:
    "After an update of the server the page says so and can be loaded anew, with the draft kept",
  async fn() {
    await using folder = await temporaryFolder();
    await using browser = shared();
    const data = ["--data", `${folder.path}/chat.db`];
    await using old = await Hubbub.start(data);
    const ann = await Visitor.arrive(browser, old.url(), { name: "Ann" });
    await stop(old, ann);
    const updated = ann.page.getByRole("alert").getByText("A new version is ready.");
    {
      await using same = await Hubbub.start([...data, "--port", String(old.port)]);
      await ann.status.getByText("Connected").waitFor();
      assertEquals(await updated.count(), 0);
      await stop(same, ann);
    }
    await ann.box.fill("half a thought");
    const next = await otherVersion(folder.path, "99.0.0");
    await using _next = await Hubbub.start([...data, "--port", String(old.port)], next);
    await updated.waitFor();
    await ann.page.getByRole("button", { name: "Reload" }).click();
    await updated.waitFor({ state: "detached" });
    await ann.status.getByText("Connected").waitFor();
    assertEquals(await ann.box.inputValue(), "half a thought");
    assertEquals(ann.faults, []);
  },
});

Deno.test({
  ...options,
  name: "A part of the page that could not be loaded says so, and is loaded with the next press",
  async fn() {
    await using hubbub = await Hubbub.start(["--data", ":memory:"]);
    await using browser = shared();
    const parts = /\/(?:files_part|crop_picture)-\w+\.js$/;
    const ann = await Visitor.arrive(browser, "about:blank");
    const { page } = ann;
    await page.route(parts, (route) => route.abort());
    await page.goto(hubbub.url());
    await ann.takeName("Ann");
    const failed = page.getByText("This part of the page couldn't be loaded.");
    const picture = await drawPicture(page, { name: "photo.png", size: [60, 60] });
    await give(page, "paste", [picture]);
    await failed.waitFor();
    await page.getByRole("button", { name: "Reload" }).waitFor();
    await page.getByRole("button", { name: /Settings$/ }).press("Enter");
    const settings = page.getByRole("dialog");
    async function choose(): Promise<void> {
      const opened = page.waitForEvent("filechooser");
      await settings.getByRole("button", { name: "Choose a picture…" }).click();
      const buffer = Buffer.from(picture.base64, "base64");
      await (await opened).setFiles({ name: "photo.png", mimeType: "image/png", buffer });
    }
    await choose();
    await settings.getByRole("alert").getByText("couldn't be loaded").waitFor();

    await page.unroute(parts);
    await choose();
    await settings.getByRole("application", { name: /^Part that is shown/ }).waitFor();
    await page.keyboard.press("Escape");
    await page.keyboard.press("Escape");
    await settings.waitFor({ state: "detached" });
    await give(page, "paste", [picture]);
    await page.locator(".tray-item").waitFor();
    assertEquals(ann.faults, []);
  },
});

Deno.test({
  ...options,
  name:
    "After an absence of thousands of messages the newest are shown, and the first missed is offered",
  async fn() {
    await using browser = shared();
    await using hubbub = await Hubbub.start([]);
    const ann = await Visitor.arrive(browser, hubbub.url(), { name: "Ann" });
    await ann.send("read long ago");
    await ann.allSent();
    await ann.page.context().setOffline(true);
    await ann.status.getByText("Connection closed. You're offline.").waitFor();
    const missed = 2_500;
    await fill(hubbub, missed, { text: (n) => `missed ${n}` });
    const numbers = Array.from({ length: missed }, (_, i) => i + 1);
    await ann.page.context().setOffline(false);
    await ann.messages.getByText(`missed ${missed}`, { exact: true }).waitFor();
    const texts = await ann.texts();
    assertEquals(texts, numbers.slice(-texts.length).map((n) => `missed ${n}`));

    await ann.page.getByRole("button", { name: "Jump to first unread" }).click();
    await ann.messages.getByText("missed 1", { exact: true }).waitFor();
    const line = await ann.page.locator(".rule.unread").boundingBox();
    assert(line && line.y > 50 && line.y < 400, `the line stands at ${line?.y}`);
    const row = ann.page.locator(".row", { has: ann.page.locator(".rule.unread") });
    assertEquals(await row.locator(".text").innerText(), "missed 1");
    await ann.message("read long ago").waitFor();
    assertEquals(
      await ann.page.evaluate(() => document.activeElement?.getAttribute("role")),
      "log",
    );

    // All the way down: each once, in order. By less than is in view, so that some of it is seen again.
    const seen: string[] = [];
    while (seen.at(-1) !== `missed ${missed}`) {
      const drawn = await ann.texts();
      const from = drawn.indexOf(seen.at(-1) ?? "read long ago");
      assert(from >= 0, `behind ${seen.at(-1)} comes ${drawn[0]}`);
      seen.push(...drawn.slice(from + 1));
      await ann.page.evaluate(() => document.querySelector(".log")?.scrollBy(0, 400));
      await ann.page.evaluate(() => new Promise(requestAnimationFrame));
    }
    assertEquals(seen, numbers.map((n) => `missed ${n}`));
    assertEquals(await ann.page.getByRole("button", { name: "Jump to first unread" }).count(), 0);
    assertEquals(ann.faults, []);
  },
});
