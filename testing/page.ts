/**
 * People at the page, in a real browser.
 *
 * @module
 */
import type { Browser, BrowserContextOptions, Locator, Page } from "playwright-core";
import { deadline } from "../lib/std.ts";
import { PATIENCE_MS, Waiter } from "./waiter.ts";

/** Somebody with a browser of their own who looks at the page. */
export class Visitor {
  readonly page: Page;
  /** Errors of the page: uncaught ones and those in the console. */
  readonly faults: string[] = [];
  /** Dialogs that the page opened; it should open none. */
  readonly alerts: string[] = [];
  /** The hosts that the page asked for something. */
  readonly hosts = new Set<string>();

  private constructor(page: Page) {
    this.page = page;
    page.on("pageerror", (error) => this.faults.push(String(error)));
    page.on("dialog", (dialog) => {
      this.alerts.push(dialog.message());
      void dialog.dismiss();
    });
    page.on("request", (request) => this.hosts.add(new URL(request.url()).host));
  }

  /** Opens the page and, with a `name`, takes that. Waits for anything for `patience` ms. */
  static async arrive(
    browser: Pick<Browser, "newContext">,
    url: string,
    { name, patience = PATIENCE_MS, ...options }: BrowserContextOptions & {
      name?: string;
      patience?: number;
    } = {},
  ): Promise<Visitor> {
    const context = await browser.newContext({ locale: "en-US", ...options });
    context.setDefaultTimeout(patience);
    const visitor = new Visitor(await context.newPage());
    await visitor.page.goto(url);
    if (url.includes("#/")) await visitor.createIfAsked();
    if (name !== undefined) await visitor.takeName(name);
    return visitor;
  }

  /** The message box. */
  get box(): Locator {
    return this.page.getByRole("textbox", { name: "Message", exact: true });
  }

  /** The page's line about the connection. */
  get status(): Locator {
    return this.page.getByRole("status", { name: "Connection" });
  }

  /** The name of the room that is shown. A dialog may have the same heading, as a person's card does. */
  title(name: string): Locator {
    return this.page.getByRole("heading", { level: 1, name });
  }

  /** The messages, as far as they are drawn. */
  get messages(): Locator {
    return this.page.getByRole("log", { name: "Messages" }).getByRole("article");
  }

  /** The messages whose text has this in it. */
  message(text: string): Locator {
    return this.messages.filter({ hasText: text });
  }

  /** Takes a name: as a newcomer above the message box, else in the settings. */
  async takeName(name: string): Promise<void> {
    await this.createIfAsked();
    await this.page.locator(".me").waitFor({ state: "attached" });
    const field = this.page.getByRole("textbox", { name: "Your name" });
    const isNewcomer = await field.isVisible();
    if (!isNewcomer) await this.page.getByRole("button", { name: "Settings" }).click();
    await field.fill(name);
    await field.press("Enter");
    if (!isNewcomer) {
      const saved = this.page.getByText("Saved.");
      await saved.or(this.page.locator(".problem:not(:empty)")).first().waitFor();
      if (!await saved.isVisible()) return;
      await this.page.keyboard.press("Escape");
    }
    await this.page.getByRole("list", { name: "People" }).getByText(name, { exact: true })
      .waitFor();
  }

  /** Writes a message; it need not have arrived. */
  async send(text: string): Promise<void> {
    await this.box.fill(text);
    await this.box.press("Enter");
  }

  /** Goes to a room by the page's address. */
  async go(room: string): Promise<void> {
    await this.page.evaluate(`location.hash = "#/${room}"`);
    await this.page.getByRole("heading", { name: room }).waitFor();
    await this.createIfAsked();
  }

  /** Waits for a room, and confirms when the page asks whether to create it. */
  async createIfAsked(): Promise<void> {
    // Independent of the language.
    const create = this.page.locator(".unknown .actions:last-child button").first();
    await create.or(this.page.locator("#composer")).first().waitFor();
    if (await create.isVisible()) await create.click();
    await this.page.locator("#composer").waitFor();
  }

  /** Opens the menu of the room that is shown, and chooses there. */
  async chooseInMenu(item: string): Promise<void> {
    await this.page.getByRole("button", { name: "Room menu" }).click();
    await this.page.getByRole("menuitem", { name: item }).click();
  }

  /** The texts of the messages that are drawn. */
  texts(): Promise<string[]> {
    return this.page.locator(".log .text").allInnerTexts();
  }

  /** Resolves when nothing of what was written waits to be sent back. */
  async allSent(): Promise<void> {
    await this.page.locator(".log .pending").first().waitFor({ state: "detached" });
  }

  async leave(): Promise<void> {
    await this.page.context().close();
  }
}

/**
 * Resolves when a page has shown something that passes away again, such as a toast. To be called before what
 * brings it: a busy machine may look for it too late.
 *
 * @param text what must be in it
 */
export function shownFor(page: Page, selector: string, text = ""): Promise<void> {
  const [at, wanted] = [JSON.stringify(selector), JSON.stringify(text)];
  const seen: Promise<void> = page.evaluate(`new Promise((resolve) => {
    function check() {
      const all = [...document.querySelectorAll(${at})];
      if (!all.some(({ textContent }) => textContent.includes(${wanted}))) return;
      observer.disconnect();
      resolve();
    }
    const observer = new MutationObserver(check);
    observer.observe(document, {
      subtree: true, childList: true, attributes: true, characterData: true,
    });
    check();
  })`);
  const waiting = deadline(seen, PATIENCE_MS);
  // A test that fails before it awaits this is the only one that does.
  waiting.catch(() => {});
  return waiting;
}

/** Someone without the page: a connection of plain lines. */
export interface PlainClient extends Disposable {
  send(text: string): void;
  /** Resolves once a line that ends so has come. */
  received(text: string): Promise<void>;
}

/** Joins a room over plain lines; without a `name` as nobody in particular. */
export async function joinPlain(
  hubbub: { url(path: string): string },
  room: string,
  name?: string,
): Promise<PlainClient> {
  const query = new URLSearchParams({ room, ...(name !== undefined && { name }) });
  const socket = new WebSocket(hubbub.url(`/ws?${query}`).replace("http", "ws"));
  const lines: string[] = [];
  socket.addEventListener("message", ({ data }) => lines.push(...String(data).split("\n")));
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = () => reject(new Error(`Cannot join ${room}: the connection was refused`));
  });
  const waiter = new Waiter();
  socket.addEventListener("message", () => waiter.check());
  return {
    send: (text) => socket.send(text),
    received: (text) => waiter.until(() => lines.some((line) => line.endsWith(text))),
    [Symbol.dispose]: () => socket.close(),
  };
}

/** Messages in one batch: a client that sends more before it reads is too slow for the server. */
const FILL_AT_ONCE = 1_000;

/**
 * Writes numbered messages to a room, as a program would.
 *
 * @param hubbub one without a limit of the rate
 */
export async function fill(
  hubbub: { url(path: string): string },
  count: number,
  { room = "lobby", text = (n: number): string => `line ${n}` } = {},
): Promise<void> {
  const socket = new WebSocket(
    `${hubbub.url("/ws").replace("http", "ws")}?name=scribe&room=${room}`,
  );
  const ended = Promise.withResolvers<never>();
  socket.onclose = () => ended.reject(new Error("Cannot fill the room: the connection ended"));
  await Promise.race([ended.promise, new Promise((resolve) => socket.onopen = resolve)]);
  let received = 0;
  for (let n = 1; n <= count;) {
    const until = Math.min(n + FILL_AT_ONCE - 1, count);
    const batch = Promise.withResolvers<void>();
    socket.onmessage = ({ data }) => {
      received += String(data).split("\n").length;
      if (received >= until) batch.resolve();
    };
    for (; n <= until; n++) socket.send(text(n));
    await Promise.race([ended.promise, batch.promise]);
  }
  // Until then, the name is taken.
  const closed = new Promise((resolve) => socket.onclose = resolve);
  socket.close();
  await closed;
}
