/// <reference lib="dom" />
/** People who send each other files at the page. */
import { assert, assertEquals } from "../../testing/assert.ts";
import { checkLooks } from "../../testing/axe.ts";
import { launch, noBrowser } from "../../testing/browser.ts";
import { temporaryFolder } from "../../testing/folder.ts";
import { Hubbub } from "../../testing/hubbub.ts";
import { shownFor, Visitor } from "../../testing/page.ts";
import {
  asFromPhone,
  drawPicture,
  give,
  largeFile,
  recordVideo,
  textFile,
} from "../../testing/pictures.ts";

/** The library keeps its pipes to the browser open a little longer than a test. */
const options = { ignore: noBrowser, sanitizeResources: false, sanitizeOps: false };

const LOOK = { reducedMotion: "reduce", bypassCSP: true } as const;

/** The names of all files in the log, in its order. */
function namesIn({ page }: Visitor): Promise<string[]> {
  return page.evaluate(`[...document.querySelectorAll(".log .files :is(.picture img, .file-name)")]
    .map((each) => each.alt?.replace("Picture ", "") ?? each.textContent)`);
}

/** The scroll position of the log, and the start of each of its rows, in px. */
function placesIn({ page }: Visitor): Promise<number[]> {
  return page.evaluate(`[
    document.querySelector(".log").scrollTop,
    ...[...document.querySelectorAll(".log .row")].map((row) => row.getBoundingClientRect().top),
  ].map(Math.round)`);
}

type Place = readonly [x: number, y: number];

/** Fingers on a screen, as the browser itself has them: they move in steps from places to others. */
async function fingers({ page }: Visitor) {
  const session = await page.context().newCDPSession(page);
  await session.send("Emulation.setTouchEmulationEnabled", { enabled: true, maxTouchPoints: 5 });
  const send = (type: "touchStart" | "touchMove" | "touchEnd", places: readonly Place[]) =>
    session.send("Input.dispatchTouchEvent", {
      type,
      touchPoints: places.map(([x, y], id) => ({ x, y, id })),
    });
  return {
    async move(from: readonly Place[], to: readonly Place[]): Promise<void> {
      await send("touchStart", from);
      for (let step = 1; step <= 5 && to.length > 0; step++) {
        await send(
          "touchMove",
          from.map(([x, y], i): Place => {
            const [toX, toY] = to[i] ?? [x, y];
            return [x + (toX - x) * step / 5, y + (toY - y) * step / 5];
          }),
        );
      }
      await send("touchEnd", []);
    },
    /** What follows is by mouse again. */
    async leave(): Promise<void> {
      await session.send("Emulation.setTouchEmulationEnabled", { enabled: false });
    },
  };
}

/** The place and the size of the picture in the viewer. */
async function transform({ page }: Visitor): Promise<string> {
  return await page.locator(".stage-picture").getAttribute("style") ?? "";
}

/** Resolves when all files in the tray are at the server. */
async function uploaded({ page }: Visitor): Promise<void> {
  await page.locator(".tray-item").first().waitFor();
  await page.locator(".tray progress").first().waitFor({ state: "detached" });
}

Deno.test({
  ...options,
  name:
    "A screenshot is pasted and files are dropped; they arrive once, in order, and move nothing",
  async fn() {
    await using browser = await launch({ isFull: true });
    await using hubbub = await Hubbub.start(["--data", ":memory:", "--max-file", "3000000"]);
    const ann = await Visitor.arrive(browser, hubbub.url(), { name: "Ann", ...LOOK });
    const bob = await Visitor.arrive(browser, hubbub.url(), { name: "Bob", ...LOOK });
    const found: string[] = [];
    const { page } = ann;
    const screenshot = await drawPicture(page, { name: "image.png", size: [1600, 1000] });
    await give(page, "paste", [screenshot]);
    await uploaded(ann);
    const photo = await drawPicture(page, {
      ...{ name: "holiday.jpg", type: "image/jpeg", size: [3000, 2000], hue: 20 },
    });
    await give(page, "dragover", [photo]);
    await page.getByText("Drop files to send them to #lobby").waitFor();
    await checkLooks(page, "dragging", found);
    await give(page, "drop", [
      asFromPhone(photo),
      textFile("报告.pdf", 20_000, "application/pdf"),
      largeFile("film.mkv", 3_000_001),
    ]);
    const tray = page.getByRole("region", { name: "Files to send" });
    await tray.getByText("Too large: files can have up to 2.9 MB.").waitFor();
    await uploaded(ann);
    await checkLooks(page, "tray", found);
    await ann.send("not yet");
    assertEquals(await ann.texts(), []);
    await tray.getByRole("button", { name: "Remove film.mkv" }).click();
    // By keyboard, the last one becomes the first.
    await tray.getByRole("button", { name: /^Move 报告.pdf/ }).press("ArrowLeft");
    await tray.getByRole("button", { name: /^Move 报告.pdf/ }).press("ArrowLeft");

    // Bob's pictures take their time.
    const pictures = Promise.withResolvers<void>();
    await bob.page.route("**/files/**", async (route) => {
      await pictures.promise;
      await route.continue();
    });
    await ann.send("Look at these");
    await bob.message("Look at these").locator(".picture").nth(1).waitFor();
    await ann.allSent();
    for (let n = 0; n < 3; n++) await ann.send(`line ${n}`);
    await bob.message("line 2").waitFor();
    const before = await placesIn(bob);
    pictures.resolve();
    await bob.page.waitForFunction(`[...document.querySelectorAll(".log .picture img")]
      .every(({ complete, naturalWidth }) => complete && naturalWidth > 0)`);
    assertEquals(await placesIn(bob), before);
    const names = await namesIn(bob);
    assertEquals([names.length, names[1], names[2]], [3, "holiday.jpg", "报告.pdf"]);
    assert(/^screenshot-[\d-]+\.png$/.test(names[0] ?? ""), names[0]);
    assertEquals(await namesIn(ann), names);

    // Nothing of the phone's place is left, and the picture stands as it was taken.
    const original: { text: string; size: number[] } = await bob.page.evaluate(`(async () => {
      const id = document.querySelectorAll(".log .picture img")[1].src;
      const all = await fetch(id.replace("preview-", "")).then((answer) => answer.blob());
      const { width, height } = await createImageBitmap(all);
      return { text: await all.text(), size: [width, height] };
    })()`);
    assert(!original.text.includes("GPS"), "the place is gone");
    assert(original.size[0] !== undefined && original.size[0] < (original.size[1] ?? 0));

    // One after the other, by keyboard.
    const log = bob.page.getByRole("log", { name: "Messages" });
    await bob.page.getByRole("button", { name: "Picture screenshot" }).click();
    const viewer = bob.page.getByRole("dialog", { name: "Pictures" });
    await viewer.getByText("1 of 2").waitFor();
    await checkLooks(bob.page, "viewer", found);
    await bob.page.keyboard.press("ArrowRight");
    await viewer.getByText("2 of 2").waitFor();
    await viewer.getByText("holiday.jpg").waitFor();
    await bob.page.keyboard.press("+");
    await viewer.locator(".stage.large").waitFor();
    await bob.page.keyboard.press("0");
    await bob.page.keyboard.press("ArrowLeft");
    await viewer.getByText("1 of 2").waitFor();

    // By touch: to the next one and back, larger by two fingers and by two taps, and no further while it is large.
    const touch = await fingers(bob);
    await touch.move([[300, 300]], [[100, 310]]);
    await viewer.getByText("2 of 2").waitFor();
    await touch.move([[100, 300]], [[300, 310]]);
    await viewer.getByText("1 of 2").waitFor();
    await touch.move([[290, 300], [310, 300]], [[200, 300], [400, 300]]);
    await viewer.locator(".stage.large").waitFor();
    const moved = await transform(bob);
    await touch.move([[300, 300]], [[100, 300]]);
    assert(await transform(bob) !== moved, moved);
    await viewer.getByText("1 of 2").waitFor();
    await touch.move([[200, 300], [400, 300]], [[295, 300], [305, 300]]);
    await viewer.locator(".stage.large").waitFor({ state: "detached" });
    for (let tap = 0; tap < 2; tap++) await touch.move([[300, 300]], []);
    await viewer.locator(".stage.large").waitFor();
    // Elsewhere, or the browser counts four taps.
    for (let tap = 0; tap < 2; tap++) await touch.move([[150, 400]], []);
    await viewer.locator(".stage.large").waitFor({ state: "detached" });
    await viewer.getByText("1 of 2").waitFor();
    await touch.leave();
    // A button that has done all that it can, or has gone, leaves the keys in the viewer.
    const next = viewer.getByRole("button", { name: "Next picture" });
    for (let step = 0; step < 7; step++) {
      await viewer.getByRole("button", { name: "Zoom in" }).press("Enter");
    }
    await bob.page.keyboard.press("0");
    await viewer.locator(".stage.large").waitFor({ state: "detached" });
    await next.press("Enter");
    await viewer.getByText("2 of 2").waitFor();
    await next.waitFor({ state: "detached" });
    await bob.page.keyboard.press("ArrowLeft");
    await viewer.getByText("1 of 2").waitFor();
    await bob.page.keyboard.press("Escape");
    await viewer.waitFor({ state: "detached" });
    assertEquals(await bob.page.locator(".picture:focus").count(), 1);

    // All of the room's, also by keyboard from the log.
    await log.focus();
    await bob.chooseInMenu("Files");
    const panel = bob.page.getByRole("dialog", { name: "Files" });
    await panel.getByRole("link", { name: /^Download 报告.pdf PDF/ }).waitFor();
    assertEquals(
      await panel.getByRole("list", { name: "Pictures" }).getByRole("listitem").count(),
      2,
    );
    await checkLooks(bob.page, "files of the room", found);
    await panel.getByRole("button", { name: "Show 报告.pdf in the room" }).click();
    await bob.page.locator(".marked .files").waitFor();
    await checkLooks(bob.page, "log with files", found);

    // A video stands upright in its place before anything of it is there.
    await give(page, "drop", [await recordVideo(page, { name: "clip.webm", size: [180, 320] })]);
    await uploaded(ann);
    let isThere = false;
    await bob.page.route("**/clip.webm", (route) => isThere ? route.continue() : undefined);
    await ann.send("a clip");
    const player = bob.message("a clip").locator("video");
    const place = async () => {
      const { width = 0, height = 0 } = await player.boundingBox() ?? {};
      return [width, height].map(Math.round);
    };
    await player.waitFor();
    assertEquals(await place(), [169, 300]);
    isThere = true;
    await player.evaluate((video: HTMLVideoElement) => video.load());
    await bob.page.waitForFunction(`document.querySelector(".log video").videoHeight === 320`);
    assertEquals(await place(), [169, 300]);

    // A reply says what is quoted.
    await ann.send("to be deleted");
    await give(page, "drop", [textFile("old.txt", 10)]);
    await uploaded(ann);
    await ann.send("");
    await ann.allSent();
    const message = bob.messages.filter({
      has: bob.page.locator(".file-name", { hasText: "old" }),
    });
    await message.hover();
    await message.getByRole("button", { name: "Reply" }).click();
    await bob.page.locator(".composing").getByText("File old.txt").waitFor();

    // The viewer ends with the message of its picture, and says why.
    await bob.page.getByRole("button", { name: "Picture screenshot" }).click();
    await viewer.getByText("1 of 2").waitFor();
    const said = shownFor(bob.page, ".toast", "This message is no longer there.");
    await ann.message("Look at these").hover();
    await ann.message("Look at these").getByRole("button", { name: "Delete" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
    await said;
    await viewer.waitFor({ state: "detached" });
    assertEquals([found, [...ann.faults, ...bob.faults]], [[], []]);
  },
});

Deno.test({
  ...options,
  name: "Files are sent through being offline, a reload and a killed server in the middle",
  async fn() {
    await using browser = await launch();
    await using folder = await temporaryFolder();
    const data = `${folder.path}/chat.db`;
    await using hubbub = await Hubbub.start(["--data", data]);
    const ann = await Visitor.arrive(browser, hubbub.url(), { name: "Ann", ...LOOK });
    const bob = await Visitor.arrive(browser, hubbub.url(), { name: "Bob", ...LOOK });
    const { page } = ann;
    const picture = await drawPicture(page, { name: "tunnel.png", size: [900, 500] });
    await ann.send("before");
    await bob.message("before").waitFor();

    // Offline: it is shown at once and waits. The part that uploads is loaded by then.
    await page.waitForFunction(`performance.getEntriesByType("resource")
      .some(({ name }) => name.includes("files_part"))`);
    await page.context().setOffline(true);
    await page.locator(".connection.closed").waitFor();
    await give(page, "paste", [picture]);
    await page.locator(".tray-item img").waitFor();
    await ann.send("in the tunnel");
    await ann.send("behind it");
    const waiting = ann.message("in the tunnel");
    await waiting.getByRole("img", { name: "Picture tunnel.png" }).waitFor();
    await waiting.getByText("Waiting to send").waitFor();
    const heldPlaces = await placesIn(ann);
    await page.context().setOffline(false);
    await bob.message("behind it").waitFor();
    await ann.allSent();
    assertEquals(await bob.texts(), ["before", "in the tunnel", "behind it"]);
    assertEquals((await placesIn(ann)).length, heldPlaces.length);

    // The second part of an upload is held, and the page is loaded again.
    let isHeld = true;
    const offsets: string[] = [];
    const held = Promise.withResolvers<void>();
    await page.route("**/files/*", async (route) => {
      const request = route.request();
      if (request.method() !== "PATCH") return await route.continue();
      const offset = request.headers()["upload-offset"] ?? "";
      offsets.push(offset);
      if (!isHeld || offset === "0") return await route.continue();
      held.resolve();
      // The reload ends it.
      await new Promise(() => {});
    });
    await give(page, "drop", [largeFile("archive.bin", 9_000_000), textFile("small.txt", 50)]);
    await page.locator(".tray-item").nth(1).waitFor();
    await ann.send("large");
    await ann.send("last");
    await held.promise;
    isHeld = false;
    await page.reload();
    await bob.message("last").waitFor();
    // The first part did not go again.
    assertEquals(offsets.filter((offset) => offset === "0").length, 2);
    await ann.allSent();

    // The server is killed in the middle of another one, and comes back.
    isHeld = true;
    const again = Promise.withResolvers<void>();
    await page.unroute("**/files/*");
    await page.route("**/files/*", async (route) => {
      const offset = route.request().headers()["upload-offset"] ?? "0";
      if (route.request().method() === "PATCH" && isHeld && offset !== "0") {
        isHeld = false;
        again.resolve();
        await hubbub.status;
      }
      await route.continue().catch(() => {});
    });
    await give(page, "drop", [largeFile("second.bin", 9_000_000)]);
    await page.locator(".tray-item").waitFor();
    await ann.send("through the crash");
    await again.promise;
    hubbub.signal("SIGKILL");
    await hubbub.status;
    await using _again = await Hubbub.start(["--data", data, "--port", String(hubbub.port)]);
    await bob.message("through the crash").locator(".file-name").waitFor();
    await ann.allSent();

    const texts = ["before", "in the tunnel", "behind it", "large", "last", "through the crash"];
    const names = ["tunnel.png", "archive.bin", "small.txt", "second.bin"];
    for (const visitor of [ann, bob]) {
      assertEquals(await visitor.texts(), texts);
      assertEquals(await namesIn(visitor), names);
    }
    const sizes: number[] = await bob.page.evaluate(`Promise.all(
      [...document.querySelectorAll(".log a.file-card")].map(({ href }) =>
        fetch(href).then((answer) => answer.blob()).then(({ size }) => size)))`);
    assertEquals(sizes, [9_000_000, 50, 9_000_000]);
    assertEquals([...ann.faults, ...bob.faults], []);
  },
});

Deno.test({
  ...options,
  name:
    "A long text becomes a file, a browser that keeps nothing says so, and a chat may take none",
  async fn() {
    await using browser = await launch();
    await using hubbub = await Hubbub.start(["--max-message", "100", "--max-file", "1000"]);
    const found: string[] = [];
    const ann = await Visitor.arrive(browser, hubbub.url(), { name: "Ann", ...LOOK });
    await ann.box.fill("much too long ".repeat(80));
    await ann.page.getByRole("button", { name: "Send as a file" }).click();
    await ann.page.getByRole("button", { name: "Remove message.txt" }).click();
    assertEquals(await ann.box.inputValue(), "much too long ".repeat(80));
    await ann.box.fill("much too long ".repeat(20));
    await ann.page.getByRole("button", { name: "Send as a file" }).click();
    assertEquals(await ann.box.inputValue(), "");
    await uploaded(ann);
    await ann.box.press("Enter");
    await ann.page.getByRole("link", { name: "Download message.txt TXT · 280 bytes" }).waitFor();

    // With the mouse, the first one becomes the last; another tab has the same, and sends it.
    await give(ann.page, "drop", ["a", "b", "c"].map((name) => textFile(`${name}.txt`, 10)));
    await ann.page.locator(".tray-item").nth(2).waitFor();
    const grips = ann.page.locator(".tray .grip");
    const [from, to] = [await grips.first().boundingBox(), await grips.last().boundingBox()];
    assert(from && to);
    await ann.page.mouse.move(from.x + 5, from.y + 5);
    await ann.page.mouse.down();
    await ann.page.mouse.move(to.x + 20, to.y + 5, { steps: 5 });
    await ann.page.mouse.up();
    const tab = await ann.page.context().newPage();
    await tab.goto(hubbub.url());
    await tab.locator(".tray-item").nth(2).waitFor();
    await tab.locator("#composer").press("Enter");
    await ann.page.locator(".tray").waitFor({ state: "detached" });
    await ann.page.locator(".log a.file-card").nth(3).waitFor();
    assertEquals((await namesIn(ann)).slice(1), ["b.txt", "c.txt", "a.txt"]);
    await ann.leave();
    // A private window of some browsers keeps no files: they last as long as the page.
    const context = await browser.newContext({ locale: "zh-CN", ...LOOK });
    await context.addInitScript(`Object.defineProperty(globalThis, "indexedDB", {
      get() { throw new Error("There is none here"); },
    })`);
    const lin = await Visitor.arrive({ newContext: () => Promise.resolve(context) }, hubbub.url());
    await lin.page.locator("#composer").waitFor();
    const uploads = Promise.withResolvers<void>();
    await lin.page.route("**/files/*", async (route) => {
      await uploads.promise;
      await route.continue();
    });
    await give(lin.page, "drop", [textFile("笔记.txt", 20)]);
    await lin.page.getByText("此浏览器无法保存文件").waitFor();
    await checkLooks(lin.page, "a passing file", found);
    uploads.resolve();
    await lin.page.locator(".tray progress").waitFor({ state: "detached" });
    await lin.page.locator("#composer").press("Enter");
    await lin.page.locator(".log a.file-card").nth(4).waitFor();
    assertEquals([found, lin.faults], [[], []]);

    await using without = await Hubbub.start(["--data", ":memory:", "--max-file", "0"]);
    const eve = await Visitor.arrive(browser, without.url(), { name: "Eve", ...LOOK });
    assertEquals(await eve.page.getByRole("button", { name: "Attach files" }).count(), 0);
    await give(eve.page, "drop", [textFile("a.txt", 10)]);
    assertEquals(await eve.page.locator(".tray-item").count(), 0);
    assertEquals(eve.faults, []);
  },
});
