// deno-lint-ignore-file no-console -- a tool talks on the console
/**
 * Measures how fast the page is in a real browser, and prints it.
 *
 * ```sh
 * deno run -A tools/trace_page.ts [MESSAGES]
 * ```
 *
 * The figures are those of a browser without a graphics card: elsewhere they are better.
 *
 * @module
 */
import { launch } from "../../testing/browser.ts";
import { Hubbub } from "../../testing/hubbub.ts";
import { fill, Visitor } from "../../testing/page.ts";

/** Notes when the page can be used and when it is connected, in ms since the navigation began. */
const WATCH_START = `
  globalThis.seen = {};
  new MutationObserver(() => {
    if (document.querySelector("textarea")) seen.usable ??= performance.now();
    if (document.querySelector(".connection.open")) seen.connected ??= performance.now();
  }).observe(document, { subtree: true, childList: true, attributes: true });
`;

/** Notes how long it takes from a key until the message is in the document, and until the next frame. */
const WATCH_SENDING = `
  globalThis.sent = [];
  addEventListener("keydown", ({ key, timeStamp }) => {
    if (key !== "Enter") return;
    const last = document.querySelector(".row:last-child")?.dataset.key;
    requestAnimationFrame(() => {
      const drawn = document.querySelector(".row:last-child")?.dataset.key !== last;
      sent.push(drawn ? performance.now() - timeStamp : Infinity);
    });
  }, true);
`;

/** Notes the time between frames and every task over 50 ms. */
const WATCH_FRAMES = `
  globalThis.frames = [];
  globalThis.longTasks = [];
  new PerformanceObserver((list) => {
    longTasks.push(...list.getEntries().map(({ duration }) => duration));
  }).observe({ type: "longtask" });
  let before = performance.now();
  (function frame(now) {
    frames.push(now - before);
    before = now;
    requestAnimationFrame(frame);
  })(before);
`;

const total = Number(Deno.args[0] ?? 50_000);
await using hubbub = await Hubbub.start(["--data", ":memory:", "--rate", "0"]);
await using browser = await launch();

const usable: number[] = [];
const connected: number[] = [];
for (let i = 0; i < 10; i++) {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.addInitScript(WATCH_START);
  await page.goto(hubbub.url());
  await page.locator(".connection.open").waitFor();
  const seen = await read(page.evaluate("seen"));
  usable.push(Number(seen.usable));
  connected.push(Number(seen.connected));
  await context.close();
}
console.log(`first visit: usable after ${summary(usable)}, connected after ${summary(connected)}`);

await fill(hubbub, total, {
  text: (n) => `line ${n}${" and some **more** words".repeat(n % 7 === 0 ? n % 19 : 0)}`,
});
const ann = await Visitor.arrive(browser, hubbub.url(), { name: "Ann" });
await ann.message(`line ${total}`).waitFor();
const log = ann.page.getByRole("log");

await ann.page.evaluate(WATCH_SENDING);
for (let i = 0; i < 20; i++) {
  await ann.send(`message ${i}`);
  await ann.page.waitForTimeout(50);
}
const sent = await numbers("sent");
console.log(`sending: in the document and at a frame after ${summary(sent)}`);

const began = performance.now();
await log.hover();
while (!await ann.page.getByText("This is the start of #lobby").isVisible()) {
  await ann.page.evaluate("document.querySelector('.log').scrollTop = 0");
  await ann.page.waitForTimeout(5);
}
console.log(`loading ${total} messages by scrolling: ${Math.round(performance.now() - began)} ms`);
console.log(
  `heap: ${await ann.page.evaluate("Math.round(performance.memory.usedJSHeapSize / 1e6)")} MB`,
);

await ann.page.waitForTimeout(1000);
await ann.page.evaluate(WATCH_FRAMES);
for (const [name, step] of [["down", 400], ["up", -400], ["fast down", 4000]] as const) {
  await ann.page.evaluate("frames.length = longTasks.length = 0");
  for (let i = 0; i < 100; i++) {
    await ann.page.mouse.wheel(0, step);
    await ann.page.waitForTimeout(16);
  }
  await ann.page.waitForTimeout(300);
  console.log(
    `scrolling ${name}: frames ${summary(await numbers("frames"))}; tasks over 50 ms: ${
      (await numbers(
        "longTasks",
      )).length
    }`,
  );
}
await ann.page.evaluate("frames.length = longTasks.length = 0");
for (let i = 0; i < 60; i++) {
  await ann.page.evaluate(
    `{ const port = document.querySelector(".log"); port.scrollTop = port.scrollHeight * ${
      (i * 37 % 60) / 60
    }; }`,
  );
  await ann.page.waitForTimeout(30);
}
console.log(
  `jumping about: frames ${summary(await numbers("frames"))}; tasks over 50 ms: ${
    (await numbers(
      "longTasks",
    )).length
  }`,
);

async function numbers(name: string): Promise<number[]> {
  const values = await ann.page.evaluate(name);
  return Array.isArray(values) ? values.map(Number) : [];
}

async function read(value: Promise<unknown>): Promise<Record<string, number>> {
  return Object.fromEntries(
    Object.entries(await value ?? {}).map(([key, value]) => [key, Math.round(Number(value))]),
  );
}

function summary(values: number[]): string {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => (sorted[Math.floor((sorted.length - 1) * share)] ?? NaN).toFixed(1);
  return `p50 ${at(0.5)}, p95 ${at(0.95)}, max ${at(1)} ms (${values.length})`;
}
