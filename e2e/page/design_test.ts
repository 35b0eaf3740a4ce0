/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import { assert, assertEquals } from "../../testing/assert.ts";
import { launch, noBrowser, sharedBrowser } from "../../testing/browser.ts";
import { Hubbub } from "../../testing/hubbub.ts";
import { fill, joinPlain, Visitor } from "../../testing/page.ts";

const shared = sharedBrowser();

/** The library keeps its pipes to the browser open a little longer than a test. */
const options = { ignore: noBrowser, sanitizeResources: false, sanitizeOps: false };

function middle({ top, bottom }: DOMRect): number {
  return (top + bottom) / 2;
}

/** The place of an element in the window, in px. */
function boxOf({ page }: Visitor, selector: string): Promise<DOMRect> {
  return page.locator(selector).last().evaluate((element) =>
    element.getBoundingClientRect().toJSON()
  );
}

Deno.test({
  ...options,
  name: "Log and message box share one column at every width, whatever the scrollbar's width",
  async fn() {
    await using hubbub = await Hubbub.start(["--data", ":memory:", "--rate", "0"]);
    await fill(hubbub, 30);
    await using browser = await launch({ scrollbars: true });
    const ann = await Visitor.arrive(browser, hubbub.url(), { name: "Ann" });
    await ann.send(`\`\`\`\n${"a long line of code ".repeat(30)}\n\`\`\``);
    await ann.allSent();
    const found: string[] = [];
    for (const width of [360, 390, 700, 1280, 1440, 1920, 3840]) {
      await ann.page.setViewportSize({ width, height: 900 });
      await ann.page.evaluate(() => new Promise(requestAnimationFrame));
      const [avatar, code, composer, rule, text, attach, box, send] = await Promise.all([
        boxOf(ann, ".message .avatar"),
        boxOf(ann, ".message .code"),
        boxOf(ann, ".composer"),
        boxOf(ann, ".rule"),
        boxOf(ann, ".message .text"),
        boxOf(ann, ".composer .attach"),
        boxOf(ann, "#composer"),
        boxOf(ann, ".composer .send"),
      ]);
      const typed = box.left +
        await ann.box.evaluate((element) =>
          parseFloat(getComputedStyle(element).paddingInlineStart)
        );
      const bar = await ann.page.locator(".log").evaluate((log) =>
        log instanceof HTMLElement ? log.offsetWidth - log.clientWidth : 0
      );
      assert(bar > 5, `the scrollbar is ${bar} px wide`);
      const off = {
        avatar: avatar.left - composer.left,
        code: code.right - composer.right,
        ruleLeft: rule.left - composer.left,
        ruleRight: rule.right - composer.right,
        typed: typed - text.left,
        attach: middle(attach) - middle(composer),
        box: middle(box) - middle(composer),
        send: middle(send) - middle(composer),
      };
      for (const [what, px] of Object.entries(off)) {
        if (Math.abs(px) > 1) found.push(`${width}: ${what} is off by ${px} px`);
      }
      const wider = await ann.page.evaluate(() => document.documentElement.scrollWidth);
      if (wider > width) found.push(`${width}: the page is ${wider} px wide`);
      const higher = await ann.page.evaluate(() => document.documentElement.scrollHeight);
      if (higher > 900) found.push(`${width}: the page is ${higher} px high`);
    }
    assertEquals(found, []);
  },
});

Deno.test({
  ...options,
  name: "The button that sends can be seen under the pointer, in light and dark",
  async fn() {
    await using hubbub = await Hubbub.start(["--data", ":memory:"]);
    await using browser = shared();
    const ann = await Visitor.arrive(browser, hubbub.url());
    await ann.box.fill("hello");
    const send = ann.page.locator(".composer .send");
    await send.hover();
    for (const colorScheme of ["light", "dark"] as const) {
      await ann.page.emulateMedia({ colorScheme });
      const [sign = [], ground = []] = await send.evaluate((element) => {
        const { color, backgroundColor } = getComputedStyle(element);
        return [color, backgroundColor].map((value) => (value.match(/[\d.]+/g) ?? []).map(Number));
      });
      const distance = sign.slice(0, 3).reduce(
        (sum, n, i) => sum + Math.abs(n - (ground[i] ?? 0)),
        0,
      );
      assert(distance > 250, `${colorScheme}: ${sign} on ${ground}`);
    }
  },
});

for (
  const { name, width, height } of [
    { name: "a phone whose keyboard is up", width: 360, height: 340 },
    { name: "a phone", width: 360, height: 640 },
    { name: "1280×720 zoomed to 200 %", width: 640, height: 360 },
  ]
) {
  Deno.test({
    ...options,
    name: `On the first visit log and message box can be used: ${name}`,
    async fn() {
      await using hubbub = await Hubbub.start(["--data", ":memory:"]);
      await using browser = shared();
      const bob = await Visitor.arrive(browser, hubbub.url(), { name: "Bob" });
      await bob.send("hello");
      const ann = await Visitor.arrive(browser, hubbub.url(), { viewport: { width, height } });
      await ann.page.locator(".welcome").waitFor();
      await ann.message("hello").waitFor();
      const [log, composer, welcome] = await Promise.all([
        boxOf(ann, ".log"),
        boxOf(ann, ".composer"),
        boxOf(ann, ".welcome"),
      ]);
      assert(log.height >= 60, `the log is ${log.height} px high`);
      assert(log.bottom <= welcome.top, "the question covers the log");
      assert(composer.bottom <= height, `the message box ends at ${composer.bottom}`);
      const message = await boxOf(ann, ".message .text");
      assert(message.bottom <= log.bottom + 1, "the newest message is not in view");
      // Without an answer to the question.
      await ann.send("at once");
      await bob.message("at once").waitFor();
      assertEquals(ann.faults, []);
    },
  });
}

Deno.test({
  ...options,
  name: "What is touched is at least 44 px high and wide",
  async fn() {
    await using hubbub = await Hubbub.start(["--data", ":memory:"]);
    await using browser = shared();
    const ann = await Visitor.arrive(browser, hubbub.url(), {
      viewport: { width: 390, height: 844 },
      hasTouch: true,
      isMobile: true,
    });
    const { page } = ann;
    const small = new Set<string>();
    async function check(): Promise<void> {
      const found = await page.evaluate(() =>
        [...document.querySelectorAll("button, a[href], input, .switch, [role=option]")]
          .filter((element) => element.checkVisibility({ visibilityProperty: true }))
          .map((element) => element.closest("label") ?? element)
          .map((element) => {
            const { width, height } = element.getBoundingClientRect();
            return { element, box: { width: Math.round(width), height: Math.round(height) } };
          })
          .filter(({ element, box }) =>
            box.width > 1 && !element.closest(".text") && !element.matches(".skip") &&
            // A link of text lies in a line of its own.
            (box.height < 40 || (box.height < 44 && !element.matches(".segments label")) ||
              (box.width < 44 && !element.matches(".link")))
          )
          .map(({ element, box }) =>
            `${element.className} ${element.textContent} ${box.width}×${box.height}`
          )
      );
      for (const each of found) small.add(each);
    }
    await page.locator(".welcome").waitFor();
    await check();
    await page.locator(".welcome input").fill("Ann");
    await page.locator(".welcome .primary").tap();
    await page.locator(".welcome").waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Show rooms" }).tap();
    await page.locator(".sidebar.open").waitFor();
    await check();
    await page.locator(".me").tap();
    await page.getByRole("dialog").waitFor();
    await check();
    await page.getByRole("dialog").getByRole("button", { name: "Close" }).tap();
    await page.locator(".find-room").tap();
    await page.getByRole("option").first().waitFor();
    await check();
    await page.getByRole("dialog").getByRole("button", { name: "Close" }).tap();
    await page.locator(".shade").tap({ position: { x: 380, y: 400 } });
    await page.getByRole("button", { name: "Room menu" }).tap();
    await check();
    await page.context().setOffline(true);
    await page.locator(".connection.closed").waitFor();
    await check();
    assertEquals([...small], []);
  },
});

Deno.test({
  ...options,
  name: "What is being sent shows a clock beside its text, which moves and covers nothing",
  async fn() {
    await using hubbub = await Hubbub.start(["--data", ":memory:"]);
    await using browser = shared();
    for (const width of [390, 1280]) {
      const ann = await Visitor.arrive(browser, hubbub.url(), { name: `Ann ${width}` });
      const { page } = ann;
      await page.setViewportSize({ width, height: 844 });
      // The server receives nothing more from this page, which doesn't know that.
      await page.evaluate(() => WebSocket.prototype.send = () => {});
      await ann.send("the first of several");
      await ann.send("all the words up to the very end of the last of its lines ".repeat(4).trim());
      const marks = page.getByRole("img", { name: "Sending…" });
      await marks.nth(1).waitFor();
      for (const index of [0, 1]) {
        const covers = await marks.nth(index).evaluate((mark) => {
          const text = mark.closest("article")?.querySelector(".text");
          if (!text) return true;
          const range = document.createRange();
          range.selectNodeContents(text);
          const a = mark.getBoundingClientRect();
          return [...range.getClientRects()].some((b) =>
            a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom
          );
        });
        assertEquals(covers, false, `mark ${index} at ${width} px`);
      }
      await ann.leave();
    }
  },
});

Deno.test({
  ...options,
  name: "What waits to be sent says so below its text, and covers none of it",
  async fn() {
    await using hubbub = await Hubbub.start(["--data", ":memory:"]);
    await using browser = shared();
    const ann = await Visitor.arrive(browser, hubbub.url(), { name: "Ann" });
    await ann.page.setViewportSize({ width: 390, height: 844 });
    await ann.page.context().setOffline(true);
    await ann.status.getByText("Connection closed.").waitFor();
    await ann.send("I write on while the train is in the tunnel.");
    await ann.page.getByText("Waiting to send…").waitFor();
    const [text, state] = await Promise.all([
      boxOf(ann, ".pending .text"),
      boxOf(ann, ".pending .state"),
    ]);
    assert(
      state.top >= text.bottom - 1,
      `it begins at ${state.top}, the text ends at ${text.bottom}`,
    );
  },
});

Deno.test({
  ...options,
  name: "The letters of every avatar can be read on its colour",
  async fn() {
    await using hubbub = await Hubbub.start(["--data", ":memory:"]);
    await using browser = shared();
    const ann = await Visitor.arrive(browser, hubbub.url());
    await ann.page.locator(".avatar").first().waitFor();
    for (const colorScheme of ["light", "dark"] as const) {
      await ann.page.emulateMedia({ colorScheme });
      const ratios = await ann.page.evaluate(() => {
        const canvas = document.createElement("canvas").getContext("2d", {
          willReadFrequently: true,
        });
        const avatar = document.querySelector(".avatar");
        if (!canvas || !avatar) return [];
        return Array.from({ length: 16 }, (_, hue) => {
          avatar.className = `avatar hue-${hue}`;
          canvas.fillStyle = getComputedStyle(avatar).backgroundColor;
          canvas.fillRect(0, 0, 1, 1);
          const [r = 0, g = 0, b = 0] = canvas.getImageData(0, 0, 1, 1).data;
          const light = [r, g, b].map((part) => part / 255).map((part) =>
            part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
          );
          const [red = 0, green = 0, blue = 0] = light;
          return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05);
        });
      });
      assertEquals(ratios.length, 16);
      assertEquals(ratios.filter((ratio) => ratio < 4.5 || ratio > 20), []);
    }
  },
});

Deno.test({
  ...options,
  name: "People who joined are counted in one sentence, guests are not",
  async fn() {
    await using hubbub = await Hubbub.start(["--data", ":memory:"]);
    await using browser = shared();
    const ann = await Visitor.arrive(browser, hubbub.url(), { name: "Ann" });
    await ann.send("who comes?");
    await ann.allSent();
    using crowd = new DisposableStack();
    for (let n = 1; n <= 5; n++) {
      crowd.use(await joinPlain(hubbub, "lobby", `Crowd ${n}`));
      crowd.use(await joinPlain(hubbub, "lobby"));
    }
    await ann.page.getByText("5 people joined").waitFor();
    assertEquals(await ann.page.locator(".notices").allInnerTexts(), ["5 people joined"]);
    crowd.dispose();
    await ann.page.locator(".notices").waitFor({ state: "detached" });
  },
});
