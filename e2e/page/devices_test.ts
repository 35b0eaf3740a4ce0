/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import type { CDPSession } from "playwright-core";
import { assert, assertEquals } from "../../testing/assert.ts";
import { noBrowser, sharedBrowser } from "../../testing/browser.ts";
import { Hubbub } from "../../testing/hubbub.ts";
import { Visitor } from "../../testing/page.ts";

const shared = sharedBrowser();

/** The library keeps its pipes to the browser open a little longer than a test. */
const options = { ignore: noBrowser, sanitizeResources: false, sanitizeOps: false };

/** Presses a key of some layout: its character and its place differ. */
async function press(
  devtools: CDPSession,
  { key, code, ctrl = false, shift = false }: {
    key: string;
    code: string;
    ctrl?: boolean;
    shift?: boolean;
  },
): Promise<void> {
  const number = /^(?:Key|Digit)(.)$/.exec(code)?.[1]?.charCodeAt(0);
  const windowsVirtualKeyCode = number ?? { Minus: 189, Backslash: 220 }[code] ?? 191;
  const modifiers = (ctrl ? 2 : 0) + (shift ? 8 : 0);
  const event = { key, code, modifiers, windowsVirtualKeyCode };
  await devtools.send("Input.dispatchKeyEvent", { type: "rawKeyDown", ...event });
  if (!ctrl && key.length === 1) {
    await devtools.send("Input.dispatchKeyEvent", { type: "char", text: key, ...event });
  }
  await devtools.send("Input.dispatchKeyEvent", { type: "keyUp", ...event });
}

/** Types with an input method, and chooses the last of `steps` with Enter. */
async function compose(devtools: CDPSession, steps: readonly string[]): Promise<string> {
  for (const text of steps) {
    await devtools.send("Input.imeSetComposition", {
      text,
      selectionStart: text.length,
      selectionEnd: text.length,
    });
  }
  // The Enter that chooses the characters belongs to the input method.
  await devtools.send("Input.dispatchKeyEvent", {
    type: "rawKeyDown",
    key: "Process",
    code: "Enter",
    windowsVirtualKeyCode: 229,
  });
  const chosen = steps.at(-1) ?? "";
  await devtools.send("Input.insertText", { text: chosen });
  await devtools.send("Input.dispatchKeyEvent", {
    type: "keyUp",
    key: "Enter",
    code: "Enter",
    windowsVirtualKeyCode: 13,
  });
  return chosen;
}

Deno.test({
  ...options,
  name:
    "the page takes Chinese, Japanese and Korean from an input method, whose Enter sends nothing",
  async fn() {
    await using hubbub = await Hubbub.start(["--data", ":memory:"]);
    await using browser = shared();
    const ann = await Visitor.arrive(browser, hubbub.url(), { name: "Ann" });
    const devtools = await ann.page.context().newCDPSession(ann.page);
    await ann.box.focus();
    for (
      const steps of [
        ["n", "ni", "ni h", "ni hao", "你好"],
        ["k", "か", "かn", "かんじ", "漢字"],
        ["ㅎ", "하", "한", "한ㄱ", "한글"],
      ]
    ) {
      const chosen = await compose(devtools, steps);
      assertEquals(await ann.messages.filter({ hasText: chosen }).count(), 0);
      assertEquals(await ann.box.inputValue(), chosen);
      await ann.box.press("Enter");
      await ann.message(chosen).waitFor();
      assertEquals(await ann.box.inputValue(), "");
    }
    await ann.allSent();
    assertEquals(await ann.texts(), ["你好", "漢字", "한글"]);

    // The fields beside the message box leave an input method its Enter, too.
    await ann.page.keyboard.press("Control+k");
    await ann.page.getByRole("dialog").waitFor();
    await compose(devtools, ["g", "ga", "gar"]);
    assertEquals(await ann.page.getByRole("dialog").count(), 1);
    await ann.page.keyboard.press("Escape");
    await ann.page.getByRole("button", { name: "Settings" }).click();
    const field = ann.page.getByRole("textbox", { name: "Your name" });
    await field.fill("");
    await compose(devtools, ["a", "an", "安"]);
    assertEquals(await field.inputValue(), "安");
    assertEquals(await ann.page.locator(".me bdi").innerText(), "Ann");
    await field.press("Enter");
    await ann.page.locator(".me bdi").getByText("安").waitFor();
    assertEquals(ann.faults, []);
  },
});

Deno.test({
  ...options,
  name: "the page knows its shortcuts on German, Russian and Greek layouts, and with Caps Lock",
  async fn() {
    await using hubbub = await Hubbub.start(["--data", ":memory:"]);
    await using browser = shared();
    const ann = await Visitor.arrive(browser, hubbub.url(), { name: "Ann" });
    const devtools = await ann.page.context().newCDPSession(ann.page);
    const dialog = ann.page.getByRole("dialog");
    const strokes = [
      { key: "л", code: "KeyK", ctrl: true },
      { key: "κ", code: "KeyK", ctrl: true },
      { key: "K", code: "KeyK", ctrl: true },
      { key: "/", code: "Digit7", ctrl: true, shift: true },
      { key: "/", code: "Backslash", ctrl: true, shift: true },
    ];
    for (const stroke of strokes) {
      await press(devtools, stroke);
      await dialog.waitFor().catch((cause) => {
        throw new Error(`nothing opened for ${JSON.stringify(stroke)}`, { cause });
      });
      await ann.page.keyboard.press("Escape");
      await dialog.waitFor({ state: "detached" });
    }
    // A closing dialog has given the focus back, with the caret, once it is gone from the page.
    await ann.page.locator("dialog").waitFor({ state: "detached" });
    // In the message box a question mark is one, elsewhere it asks for help.
    await press(devtools, { key: "?", code: "Minus", shift: true });
    assertEquals(await ann.box.inputValue(), "?");
    await ann.box.fill("привет, ναι, größer, ЁЖ");
    await ann.box.press("Enter");
    await ann.message("привет, ναι, größer, ЁЖ").waitFor();
    // German, French, Russian, Greek and US.
    for (const code of ["Minus", "KeyM", "Digit7", "Slash"]) {
      await ann.page.getByRole("log").focus();
      await press(devtools, { key: "?", code, shift: true });
      await dialog.waitFor();
      await ann.page.keyboard.press("Escape");
      await ann.page.locator("dialog").waitFor({ state: "detached" });
    }
    assertEquals(ann.faults, []);
  },
});

Deno.test({
  ...options,
  name: "the page's completion is taken by Tab or after an arrow, and can be undone",
  async fn() {
    await using hubbub = await Hubbub.start(["--data", ":memory:"]);
    await using browser = shared();
    const ann = await Visitor.arrive(browser, hubbub.url(), { name: "Ann" });
    const { box, page } = ann;
    await box.pressSequentially("haha :dd");
    await page.getByRole("option").first().waitFor();
    await box.press("Enter");
    await ann.message("haha :dd").waitFor();
    await box.pressSequentially("hooray :tada");
    await page.getByRole("option", { name: ":tada:" }).waitFor();
    await box.press("Tab");
    assertEquals(await box.inputValue(), "hooray 🎉 ");
    await box.press("Control+z");
    assertEquals(await box.inputValue(), "hooray :tada");
    await box.press("ArrowDown");
    await box.fill("");
    await box.pressSequentially("yes :tada");
    await page.getByRole("option", { name: ":tada:" }).waitFor();
    await box.press("ArrowDown");
    await box.press("Enter");
    assertEquals(await box.inputValue(), "yes 🎉 ");
    assertEquals(ann.faults, []);
  },
});

Deno.test({
  ...options,
  name:
    "the page on a phone begins a new line with Enter, sends with the button, and does not zoom",
  async fn() {
    await using hubbub = await Hubbub.start(["--data", ":memory:"]);
    await using browser = shared();
    const ann = await Visitor.arrive(browser, hubbub.url(), {
      viewport: { width: 390, height: 844 },
      hasTouch: true,
      isMobile: true,
    });
    const { page } = ann;
    const field = page.getByRole("textbox", { name: "Your name" });
    const size = (locator: typeof field) =>
      locator.evaluate((element) => Number.parseFloat(getComputedStyle(element).fontSize));
    assert(await size(field) >= 16);
    await field.fill("Ann");
    await field.press("Enter");
    await field.waitFor({ state: "detached" });
    assert(await size(ann.box) >= 16);
    await ann.box.tap();
    await ann.box.pressSequentially("one");
    await ann.box.press("Enter");
    await ann.box.pressSequentially("two");
    assertEquals(await ann.box.inputValue(), "one\ntwo");
    await page.getByRole("button", { name: "Send" }).tap();
    await ann.message("one").waitFor();
    await ann.allSent();
    assertEquals(await ann.texts(), ["one\ntwo"]);

    // A tap shows the time of a message that follows another of the same person.
    await ann.box.fill("three");
    await page.getByRole("button", { name: "Send" }).tap();
    await ann.allSent();
    const time = ann.message("three").locator("time");
    assertEquals(await time.isVisible(), false);
    await ann.message("three").tap();
    await time.waitFor();
    await ann.box.tap();
    await time.waitFor({ state: "hidden" });
    assertEquals(ann.faults, []);
  },
});

/** Takes away what browsers of early 2023 don't have. */
const OLD_BROWSER = `
  delete Intl.Segmenter;
  for (const name of ["groupBy"]) { delete Map[name]; delete Object[name]; }
  delete Promise.withResolvers;
  delete Promise.try;
  delete URL.parse;
  delete URL.canParse;
  delete Array.fromAsync;
  for (const name of ["findLast", "findLastIndex", "with", "toSpliced", "toSorted", "toReversed"]) {
    delete Array.prototype[name];
  }
  for (const name of ["isWellFormed", "toWellFormed"]) delete String.prototype[name];
  for (const name of ["union", "difference", "intersection", "isSubsetOf"]) delete Set.prototype[name];
  for (const name of ["map", "filter", "take", "some", "find", "toArray"]) {
    delete Object.getPrototypeOf(Object.getPrototypeOf([].values()))[name];
  }
  delete HTMLElement.prototype.showPopover;
  delete HTMLElement.prototype.togglePopover;
  delete Element.prototype.checkVisibility;
  delete Symbol.dispose;
  delete globalThis.scheduler;
`;

Deno.test({
  ...options,
  name: "the page works in a browser of early 2023",
  async fn() {
    await using hubbub = await Hubbub.start(["--data", ":memory:"]);
    await using browser = shared();
    const ann = await Visitor.arrive(browser, "about:blank");
    await ann.page.addInitScript(OLD_BROWSER);
    await ann.page.goto(hubbub.url());
    await ann.takeName("Ann Lee");
    await ann.send("**hello** :tada: @Ann Lee");
    await ann.message("hello").waitFor();
    await ann.allSent();
    await ann.go("garden");
    await ann.page.keyboard.press("Control+k");
    await ann.page.getByRole("dialog").waitFor();
    await ann.page.keyboard.press("Escape");
    await ann.go("lobby");
    await ann.message("hello").waitFor();
    assertEquals(ann.faults, []);
  },
});

Deno.test({
  ...options,
  name: "the page says which browser it needs if its script can't run",
  async fn() {
    await using hubbub = await Hubbub.start(["--data", ":memory:"]);
    await using browser = shared();
    const ann = await Visitor.arrive(browser, "about:blank");
    await ann.page.route(
      "**/*.js",
      (route) => route.fulfill({ contentType: "text/javascript", body: "no browser reads this" }),
    );
    await ann.page.goto(hubbub.url());
    await ann.page.getByText("Hubbub needs JavaScript and a browser from 2023").waitFor();
    const other = await Visitor.arrive(browser, hubbub.url(), { name: "Bob" });
    assertEquals(await other.page.locator(".needs").count(), 0);
  },
});

Deno.test({
  ...options,
  name: "the page follows while the browser translates it",
  async fn() {
    await using hubbub = await Hubbub.start(["--data", ":memory:"]);
    await using browser = shared();
    const bob = await Visitor.arrive(browser, hubbub.url(), { name: "Bob" });
    for (const isAround of [false, true]) {
      const ann = await Visitor.arrive(browser, hubbub.url(), { name: isAround ? "Eve" : "Ann" });
      await ann.send("hello");
      await ann.allSent();
      /** As the browsers' own translations do: a font element in the place of each text, or around it. */
      const translate = () =>
        ann.page.evaluate((isAround) => {
          const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
          const texts: Node[] = [];
          while (walker.nextNode()) texts.push(walker.currentNode);
          for (const text of texts) {
            if (text.parentElement?.localName === "font" || !text.textContent?.trim()) continue;
            const [outer, inner] = [document.createElement("font"), document.createElement("font")];
            outer.append(inner);
            if (isAround) {
              text.parentNode?.replaceChild(outer, text);
              inner.append(text);
            } else {
              inner.textContent = `[${text.textContent}]`;
              text.parentNode?.replaceChild(outer, text);
            }
          }
        }, isAround);
      await translate();
      await bob.send("while it is translated");
      await ann.message("while it is translated").first().waitFor();
      await translate();
      await ann.page.evaluate(`location.hash = "#/garden"`);
      await ann.page.getByRole("heading", { name: "garden" }).waitFor();
      await ann.page.waitForFunction(() =>
        !document.querySelector("h1")?.textContent?.includes("lobby")
      );
      await translate();
      await ann.page.evaluate(`location.hash = "#/lobby"`);
      await ann.page.getByRole("heading", { name: "lobby" }).waitFor();
      await bob.send("still there");
      await ann.message("still there").first().waitFor();
      assertEquals(ann.faults, []);
      await ann.leave();
    }
  },
});

Deno.test({
  ...options,
  name: "the page writes times as the browser's language does, and names calendar days",
  async fn() {
    await using hubbub = await Hubbub.start(["--data", ":memory:"]);
    await using browser = shared();
    const ann = await Visitor.arrive(browser, "about:blank", {
      locale: "de-DE",
      timezoneId: "Europe/Berlin",
    });
    await ann.page.goto(hubbub.url());
    await ann.takeName("Ann");
    await ann.send("hello");
    await ann.allSent();
    const time = await ann.messages.locator("time").first().innerText();
    assert(/^\d\d:\d\d$/.test(time), time);
    assertEquals(ann.faults, []);
  },
});

Deno.test({
  ...options,
  name: "the page keeps the drafts of two tabs apart, and leaves nothing of one person to the next",
  async fn() {
    await using hubbub = await Hubbub.start(["--data", ":memory:"]);
    await using browser = shared();
    const ann = await Visitor.arrive(browser, hubbub.url(), { name: "Ann" });
    const other = await ann.page.context().newPage();
    await other.goto(hubbub.url());
    const box = other.getByRole("textbox", { name: "Message", exact: true });
    await box.waitFor();
    await ann.box.fill("in the first tab");
    await box.fill("in the second tab");
    await ann.page.reload();
    await other.reload();
    assertEquals(await ann.box.inputValue(), "in the first tab");
    assertEquals(await box.inputValue(), "in the second tab");
    await ann.go("garden");
    await ann.send("hello");
    await ann.allSent();
    await ann.box.fill("a secret thought");
    await other.close();

    const loadedAgain = ann.page.waitForEvent("load");
    await ann.page.getByRole("button", { name: "Settings" }).click();
    await ann.page.getByRole("button", { name: "Log out", exact: true }).first().click();
    const sure = ann.page.getByRole("alert").getByRole("button", { name: "Log out" });
    const welcome = ann.page.getByRole("textbox", { name: "Your name" });
    await sure.or(welcome).first().waitFor();
    if (await sure.count() > 0) await sure.click();
    await loadedAgain;
    await ann.status.getByText("Connected").waitFor();
    const rooms = ann.page.getByRole("list", { name: "Rooms" }).getByRole("link");
    await rooms.first().waitFor();
    assertEquals(await rooms.count(), 1);
    const kept = await ann.page.evaluate(() => JSON.stringify({ ...localStorage }));
    assert(!/thought|garden|first tab|second tab/.test(kept), kept);
  },
});
