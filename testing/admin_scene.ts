/**
 * An admin at the page, in a real browser.
 *
 * @module
 */
import type { Browser, BrowserContextOptions, Locator, Page } from "playwright-core";
import { assertEquals } from "./assert.ts";
import { launch } from "./browser.ts";
import { temporaryFolder } from "./folder.ts";
import { Hubbub, runHubbub } from "./hubbub.ts";
import { Visitor } from "./page.ts";

/** The longest wait for anything, in ms: a busy machine takes its time. */
const PATIENCE = 120_000;

/** The options of a visitor whose page `checkLooks` may look at. */
export const LOOKED_AT = { reducedMotion: "reduce", bypassCSP: true } as const;

/** A server, a browser, and Ann, who looks at the page and can be made an admin. */
export interface AdminScene extends AsyncDisposable {
  readonly hubbub: Hubbub;
  readonly ann: Visitor;
  /** The region that only moderators and admins see. */
  readonly region: Locator;
  /** Opens the page for somebody else. */
  arrive(options?: BrowserContextOptions & { name?: string }): Promise<Visitor>;
  /** Opens an address in a browser of its own. */
  open(address: string, options?: BrowserContextOptions): Promise<Page>;
  /** Makes Ann an admin, from the terminal. */
  appoint(): Promise<void>;
}

/** Starts a server, and lets Ann come to its page. */
export async function openAdminScene(): Promise<AdminScene> {
  await using opening = new AsyncDisposableStack();
  const folder = opening.use(await temporaryFolder());
  const data = ["--data", `${folder.path}/chat.db`];
  const hubbub = opening.use(await Hubbub.start(data));
  const browser: Browser = opening.use(await launch());
  const arrive: AdminScene["arrive"] = (options) =>
    Visitor.arrive(browser, hubbub.url(), { patience: PATIENCE, ...options });
  const ann = await arrive({ name: "Ann", ...LOOKED_AT });
  const open = opening.move();
  return {
    hubbub,
    ann,
    region: ann.page.getByRole("region", { name: "Administration" }),
    arrive,
    async open(address, options) {
      const context = await browser.newContext(options);
      context.setDefaultTimeout(PATIENCE);
      const page = await context.newPage();
      await page.goto(address);
      return page;
    },
    async appoint() {
      const { code, stderr } = await runHubbub(["admin", ...data, "Ann"]);
      assertEquals(code, 0, stderr);
    },
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  };
}
