/**
 * Checks of the page's looks with axe-core.
 *
 * @module
 */
import type { Page } from "playwright-core";

/** The source of axe-core, which is put into the page. */
const AXE = await Deno.readTextFile(new URL(import.meta.resolve("axe-core/axe.min.js")));

/** Returns what axe-core has against the page as it is now, and whether it is wider than its window. */
export async function faultsOf(page: Page): Promise<string[]> {
  if (!await page.evaluate(`"axe" in globalThis`)) await page.addScriptTag({ content: AXE });
  return await page.evaluate(`axe.run().then(({ violations }) => [
    ...violations.flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => id + " " + target.join(" ") + ": " + failureSummary)),
    ...document.documentElement.scrollWidth > innerWidth ? ["the page is too wide"] : [],
  ])`);
}

/** Checks the page in both colours, and on a phone. */
export async function checkLooks(page: Page, view: string, found: string[]): Promise<void> {
  for (const [width, colorScheme] of [[1280, "light"], [1280, "dark"], [360, "light"]] as const) {
    await page.setViewportSize({ width, height: 800 });
    await page.emulateMedia({ colorScheme });
    for (const fault of await faultsOf(page)) {
      found.push(`${view}, ${width} ${colorScheme}: ${fault}`);
    }
  }
  await page.setViewportSize({ width: 1280, height: 800 });
}
