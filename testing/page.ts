/**
 * People at the page, in a real browser.
 *
 * @module
 */
import type { Browser, BrowserContextOptions, Locator, Page } from "playwright-core";

/** Somebody with a browser of their own who looks at the page. */
export class Visitor {
  readonly page: Page;
  /** What went wrong in the page: uncaught errors and whatever the console calls an error. */
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

  /** Opens the page and, with a `name`, takes that. */
  static async arrive(
    browser: Pick<Browser, "newContext">,
    url: string,
    { name, ...options }: BrowserContextOptions & { name?: string } = {},
  ): Promise<Visitor> {
    const context = await browser.newContext({ locale: "en-US", ...options });
    const visitor = new Visitor(await context.newPage());
    await visitor.page.goto(url);
    if (name !== undefined) await visitor.takeName(name);
    return visitor;
  }

  /** The message box. */
  get box(): Locator {
    return this.page.getByRole("textbox", { name: "Message", exact: true });
  }

  /** What the page says about the connection. */
  get status(): Locator {
    return this.page.getByRole("status", { name: "Connection" });
  }

  /** The messages, as far as they are drawn. */
  get messages(): Locator {
    return this.page.getByRole("log", { name: "Messages" }).getByRole("article");
  }

  /** The messages whose text has this in it. */
  message(text: string): Locator {
    return this.messages.filter({ hasText: text });
  }

  async takeName(name: string): Promise<void> {
    const field = this.page.getByRole("textbox", { name: "Your name" });
    await field.fill(name);
    await field.press("Enter");
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

/** Who sends more without reading what comes back is too slow for the server. */
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
  socket.onclose = null;
  socket.close();
}
