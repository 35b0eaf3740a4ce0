/**
 * A real Firefox for tests. It speaks WebDriver BiDi itself, so no driver is needed. playwright can't drive a
 * Firefox that is not its own build.
 *
 * @module
 */
import { deadline } from "../lib/std.ts";
import { BidiSession, object } from "./bidi.ts";
import { FirefoxTab } from "./firefox_tab.ts";
import { temporaryFolder } from "./folder.ts";
import { missing, onPath } from "./strict.ts";

const EXECUTABLE = onPath("firefox-esr") ?? onPath("firefox");

/** Whether tests must do without Firefox; what belongs into their `ignore`. */
export const noFirefox: boolean = missing("Firefox", {
  found: EXECUTABLE !== undefined,
  get: "apt-get install firefox-esr",
});

/** Nothing of the browser's own: no first run, no updates, no requests to the makers. */
const PREFERENCES: Readonly<Record<string, string | number | boolean>> = {
  "app.normandy.enabled": false,
  "app.update.disabledForTesting": true,
  "browser.aboutwelcome.enabled": false,
  "browser.newtabpage.enabled": false,
  "browser.safebrowsing.malware.enabled": false,
  "browser.safebrowsing.phishing.enabled": false,
  "browser.shell.checkDefaultBrowser": false,
  "browser.startup.homepage_override.mstone": "ignore",
  "browser.startup.page": 0,
  "datareporting.policy.dataSubmissionEnabled": false,
  "extensions.getAddons.cache.enabled": false,
  "extensions.update.enabled": false,
  "intl.accept_languages": "en-US",
  "media.gmp-manager.updateEnabled": false,
  "network.captive-portal-service.enabled": false,
  "network.connectivity-service.enabled": false,
  "network.dns.disablePrefetch": true,
  "network.prefetch-next": false,
  "remote.active-protocols": 1,
  "services.settings.server": "data:,",
  "toolkit.telemetry.enabled": false,
  // A busy Firefox takes the Alt of Alt+ArrowUp for its menu bar, which then takes the next click.
  "ui.key.menuAccessKeyFocuses": false,
};

/** Its line about the address to drive it by. */
const LISTENING = /WebDriver BiDi listening on (ws:\/\/[^\s]+)/;
/** The longest time, in ms, until it is there: a cold start on a busy machine takes half a minute. */
const START_MS = 120_000;
/** The time, in ms, it has to end properly: on a busy machine it stores its profile for a while. */
const END_MS = 30_000;

/** A headless Firefox. Disposing ends it. */
export class Firefox implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #session: BidiSession;
  readonly #tabs: Map<string, FirefoxTab>;
  readonly #held: AsyncDisposableStack;

  private constructor(
    { process, session, tabs, held }: {
      process: Deno.ChildProcess;
      session: BidiSession;
      tabs: Map<string, FirefoxTab>;
      held: AsyncDisposableStack;
    },
  ) {
    this.#process = process;
    this.#session = session;
    this.#tabs = tabs;
    this.#held = held;
  }

  /** Starts it with a profile of its own. */
  static async start(): Promise<Firefox> {
    await using starting = new AsyncDisposableStack();
    const profile = starting.use(await temporaryFolder());
    const lines = Object.entries(PREFERENCES)
      .map(([name, value]) => `user_pref("${name}", ${JSON.stringify(value)});`);
    await profile.write("user.js", lines.join("\n"));
    const process = new Deno.Command(EXECUTABLE ?? "firefox-esr", {
      args: [
        "--headless",
        "--no-remote",
        "--profile",
        profile.path,
        "--remote-debugging-port",
        "0",
      ],
      // It keeps caches and settings there.
      env: { HOME: profile.path, MOZ_CRASHREPORTER_DISABLE: "1" },
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    starting.defer(async () => {
      kill(process);
      await process.status;
    });
    const url = await deadline(addressIn(process.stderr), START_MS);
    const tabs = new Map<string, FirefoxTab>();
    const session = starting.use(
      await BidiSession.begin(`${url}/session`, (method, params) => {
        if (method === "log.entryAdded" && params.level === "error") {
          tabs.get(String(object(params.source).context))?.faults.push(String(params.text));
        }
      }),
    );
    await session.send("session.subscribe", { events: ["log.entryAdded"] });
    return new Firefox({ process, session, tabs, held: starting.move() });
  }

  /** Opens a page as someone new, with cookies and storage of their own. */
  async open(url: string): Promise<FirefoxTab> {
    const { userContext } = await this.#session.send("browser.createUserContext", {});
    const { context } = await this.#session.send("browsingContext.create", {
      type: "tab",
      userContext,
    });
    const tab = new FirefoxTab(this.#session, String(context));
    this.#tabs.set(String(context), tab);
    await tab.goto(url);
    return tab;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Killed, it leaves processes for pages behind for a while.
    await this.#session.send("browser.close", {}).catch(() => {});
    await deadline(this.#process.status, END_MS).catch(() => {});
    await this.#held.disposeAsync();
  }
}

/** Reads what it prints, to its end, and finds the address to drive it by. */
async function addressIn(output: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<string> {
  const found = Promise.withResolvers<string>();
  void (async () => {
    let text = "";
    for await (const part of output.pipeThrough(new TextDecoderStream())) {
      text = (text + part).slice(-10_000);
      const url = LISTENING.exec(text)?.[1];
      if (url !== undefined) found.resolve(url);
    }
    found.reject(new Error(`Cannot start Firefox: ${text}`));
  })();
  return await found.promise;
}

function kill(process: Deno.ChildProcess): void {
  try {
    process.kill("SIGKILL");
  } catch {
    // It has ended.
  }
}
