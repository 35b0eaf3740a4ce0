/**
 * A real Chromium for tests.
 *
 * @module
 */
import { type Browser, chromium } from "playwright-core";
import { missing, onPath } from "./strict.ts";

const EXECUTABLE = onPath("chromium") ?? onPath("google-chrome");

/** Whether tests must do without a browser; what belongs into their `ignore`. */
export const noBrowser: boolean = missing("Chromium", {
  found: EXECUTABLE !== undefined,
  get: "apt-get install chromium",
});

/** Starts a headless Chromium that talks to this machine only. */
export async function launch(): Promise<Browser & AsyncDisposable> {
  const browser = await chromium.launch({
    // noBrowser says so when there is none.
    executablePath: EXECUTABLE ?? "chromium",
    args: [
      ...["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"],
      ...["--disable-background-networking", "--disable-component-update", "--disable-sync"],
    ],
  });
  return Object.assign(browser, { [Symbol.asyncDispose]: () => browser.close() });
}
