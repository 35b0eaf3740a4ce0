/**
 * A real Chromium for tests.
 *
 * @module
 */
import { type Browser, chromium } from "playwright-core";
import { temporaryFolder } from "./folder.ts";
import { missing, onPath } from "./strict.ts";

const EXECUTABLE = onPath("chromium") ?? onPath("google-chrome");

/** Whether tests must do without a browser; what belongs into their `ignore`. */
export const noBrowser: boolean = missing("Chromium", {
  found: EXECUTABLE !== undefined,
  get: "apt-get install chromium",
});

const OPTIONS = {
  // noBrowser says so when there is none.
  executablePath: EXECUTABLE ?? "chromium",
  args: [
    ...["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"],
    ...["--disable-background-networking", "--disable-component-update", "--disable-sync"],
  ],
};

/** Starts a headless Chromium that talks to this machine only. */
export async function launch(): Promise<Browser & AsyncDisposable> {
  const browser = await chromium.launch(OPTIONS);
  return Object.assign(browser, { [Symbol.asyncDispose]: () => browser.close() });
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
  const context = await chromium.launchPersistentContext(folder.path, OPTIONS);
  return {
    newContext: () => Promise.resolve(context),
    async [Symbol.asyncDispose]() {
      await context.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}
