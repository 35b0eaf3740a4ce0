/**
 * A real Chromium for tests.
 *
 * @module
 */
import { type Browser, type BrowserContext, chromium } from "playwright-core";
import { assert } from "./assert.ts";
import { temporaryFolder } from "./folder.ts";
import { missing, onPath } from "./strict.ts";

/** Has windows, notifications and preferences, also if nobody sees them. */
const FULL = onPath("chromium") ?? onPath("google-chrome");

/** The first has the engine alone, and takes two thirds of the processor time of the other. */
const EXECUTABLE = onPath("chromium-headless-shell") ?? FULL;

/** Whether tests must do without a browser; what belongs into their `ignore`. */
export const noBrowser: boolean = missing("Chromium", {
  found: FULL !== undefined,
  get: "apt-get install chromium",
});

/** What playwright-core 1.65 turns off. It can't be asked for its list, and only the last one counts. */
const OFF_BY_LIBRARY = [
  ...["AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose", "HttpsUpgrades"],
  ...["HttpsFirstBalancedModeAutoEnable", "LensOverlay", "MediaRouter", "PaintHolding"],
  ...["ThirdPartyStoragePartitioning", "AvoidCorsURLLoaderRestartOnRedirect", "OptimizationHints"],
  ...["NetworkTimeServiceQuerying", "AimEnabled", "PreconnectToSearch"],
];

/**
 * Parts of the browser's own window, which nobody looks at. The suggestions of the address bar are a page of 400
 * modules: loading it with each context cost as much processor time as the page under test.
 */
const OFF_IN_WINDOW = [
  ...["WebUIOmniboxPopup", "WebUIOmniboxPopupDebug", "WebUIOmniboxAimPopup"],
  ...["PreloadTopChromeWebUI", "SpareRendererForSitePerProcess"],
];

const OPTIONS = {
  // noBrowser says so when there is none.
  executablePath: EXECUTABLE ?? "chromium",
  args: [
    ...["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"],
    ...["--disable-background-networking", "--disable-component-update", "--disable-sync"],
    `--disable-features=${[...OFF_BY_LIBRARY, ...OFF_IN_WINDOW].join()}`,
  ],
};

/**
 * Starts a headless Chromium that talks to this machine only.
 *
 * @param isFull whether it has windows: with them it also notifies, and plays videos
 * @param scrollbars whether it draws them as a browser with a window does
 * @param host a name for this machine besides localhost, without its privileges
 * @param securePort the port of that host whose pages count as secure, as if they came by https
 */
export async function launch(
  { isFull = false, scrollbars = false, host, securePort }: {
    isFull?: boolean;
    scrollbars?: boolean;
    host?: string;
    securePort?: number;
  } = {},
): Promise<Browser & AsyncDisposable> {
  const ignoreDefaultArgs = scrollbars ? ["--hide-scrollbars"] : [];
  const hosts = host === undefined ? [] : [`--host-resolver-rules=MAP ${host} 127.0.0.1`];
  const origins = securePort === undefined
    ? []
    : [`--unsafely-treat-insecure-origin-as-secure=http://${host}:${securePort}`];
  const args = [...OPTIONS.args, ...hosts, ...origins];
  const executablePath = (isFull ? FULL : undefined) ?? OPTIONS.executablePath;
  const browser = await chromium.launch({ executablePath, args, ignoreDefaultArgs });
  return Object.assign(browser, { [Symbol.asyncDispose]: () => browser.close() });
}

let shared: Browser | undefined;
let isShared = false;

/**
 * A headless Chromium for all tests of a process, each of which has contexts of its own: to start one takes over a second
 * of processor time, a context a tenth of that. To be called at the top level of a test file.
 *
 * @returns a function with which a test uses it; disposing of that closes the test's contexts
 */
export function sharedBrowser(): () => Pick<Browser, "newContext"> & AsyncDisposable {
  if (!isShared) {
    isShared = true;
    Deno.test.beforeAll(async () => {
      if (!noBrowser) shared = await launch();
    });
    Deno.test.afterAll(() => shared?.close());
  }
  return () => {
    const contexts: BrowserContext[] = [];
    return {
      async newContext(options) {
        assert(shared, "the browser runs while tests do");
        const context = await shared.newContext(options);
        contexts.push(context);
        return context;
      },
      async [Symbol.asyncDispose]() {
        await Promise.all(contexts.map((context) => context.close()));
      },
    };
  };
}

/** A browser of one person, who has forbidden all pages to keep anything: cookies and storage alike. */
export async function launchForgetful(): Promise<
  Pick<Browser, "newContext"> & AsyncDisposable
> {
  const folder = await temporaryFolder();
  await folder.write(
    "Default/Preferences",
    JSON.stringify({ profile: { default_content_setting_values: { cookies: 2 } } }),
  );
  const context = await chromium.launchPersistentContext(folder.path, {
    ...OPTIONS,
    executablePath: FULL ?? OPTIONS.executablePath,
  });
  return {
    newContext: () => Promise.resolve(context),
    async [Symbol.asyncDispose]() {
      await context.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}
