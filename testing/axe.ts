/**
 * Checks of the page's looks with axe-core.
 *
 * @module
 */
import type { Page } from "playwright-core";

/** The source of axe-core, which is put into the page. */
const AXE = await Deno.readTextFile(new URL(import.meta.resolve("axe-core/axe.min.js")));

/** The rules about colours. The others ask for names, roles and structure, which no colour scheme changes. */
const COLOURS = ["color-contrast", "link-in-text-block"];

/**
 * Returns what axe-core has against the page as it is now, and whether it is wider than its window.
 *
 * @param coloursAlone looks at colours alone: for a page whose other colours are checked, which takes a third of the time
 */
export async function faultsOf(page: Page, { coloursAlone = false } = {}): Promise<string[]> {
  if (!await page.evaluate(`"axe" in globalThis`)) await page.addScriptTag({ content: AXE });
  const rules = JSON.stringify(coloursAlone ? { runOnly: COLOURS } : {});
  return await page.evaluate(`axe.run(${rules}).then(({ violations }) => [
    ...violations.flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => id + " " + target.join(" ") + ": " + failureSummary)),
    ...document.documentElement.scrollWidth > innerWidth ? ["the page is too wide"] : [],
  ])`);
}

/** Checks the page as it is now, and its colours in the other scheme, which it leaves as `colorScheme`. */
export async function faultsInBoth(page: Page, colorScheme: "light" | "dark"): Promise<string[]> {
  const other = colorScheme === "light" ? "dark" : "light";
  const faults = await faultsOf(page);
  await page.emulateMedia({ colorScheme: other });
  const inOther = await faultsOf(page, { coloursAlone: true });
  await page.emulateMedia({ colorScheme });
  return [...faults, ...inOther.map((fault) => `${other}: ${fault}`)];
}

/** Checks the page in both colours, and on a phone. */
export async function checkLooks(page: Page, view: string, found: string[]): Promise<void> {
  for (const [width, colorScheme] of [[1280, "light"], [1280, "dark"], [360, "light"]] as const) {
    await page.setViewportSize({ width, height: 800 });
    await page.emulateMedia({ colorScheme });
    for (const fault of await faultsOf(page, { coloursAlone: colorScheme === "dark" })) {
      found.push(`${view}, ${width} ${colorScheme}: ${fault}`);
    }
  }
  await page.setViewportSize({ width: 1280, height: 800 });
}
