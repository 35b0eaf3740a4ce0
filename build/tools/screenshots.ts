// deno-lint-ignore-file no-console -- a tool talks on the console
/**
 * Takes a screenshot of every view of the page in many looks, and makes a page of all of them.
 *
 * ```sh
 * deno task screenshots FOLDER [LOOK]
 * ```
 *
 * @module
 */
import { join } from "node:path";
import type { BrowserContextOptions } from "playwright-core";
import { launch } from "../../testing/browser.ts";
import { freePort } from "../../testing/free_port.ts";
import { Hubbub } from "../../testing/hubbub.ts";
import { Visitor } from "../../testing/page.ts";
import { type Gallery, HOST, openGallery } from "./gallery.ts";
import { LINK_VIEWS } from "./link_views.ts";
import { VIEWS } from "./views.ts";

/** After this time animations have ended, but a toast is still shown, in ms. */
const REST_MS = 350;

/** A window, its colours and its language. */
interface Look {
  readonly name: string;
  readonly options: BrowserContextOptions;
  readonly kind: "wide" | "phone";
  /** The views to show; by default all. */
  readonly views?: readonly string[];
}

const FEW = ["first-visit", "room", "unread-and-mention", "switcher", "long-message"];
const wide = (width: number, height: number): BrowserContextOptions => ({
  viewport: { width, height },
});
const phone = (width: number, height: number): BrowserContextOptions => ({
  viewport: { width, height },
  deviceScaleFactor: 2,
  hasTouch: true,
  isMobile: true,
});

const LOOKS: readonly Look[] = [
  { name: "1440", kind: "wide", options: wide(1440, 900) },
  { name: "1440-dark", kind: "wide", options: { ...wide(1440, 900), colorScheme: "dark" } },
  { name: "1440-chinese", kind: "wide", options: { ...wide(1440, 900), locale: "zh-CN" } },
  { name: "390", kind: "phone", options: phone(390, 844) },
  {
    name: "360-dark-chinese",
    kind: "phone",
    options: { ...phone(360, 640), colorScheme: "dark", locale: "zh-CN" },
  },
  { name: "360-keyboard", kind: "phone", options: phone(360, 340), views: FEW },
  { name: "1280", kind: "wide", options: wide(1280, 720), views: FEW },
  {
    name: "1280-zoomed-200",
    kind: "phone",
    options: { viewport: { width: 640, height: 360 }, deviceScaleFactor: 2 },
  },
  { name: "1920", kind: "wide", options: wide(1920, 1080), views: FEW },
  { name: "3840", kind: "wide", options: wide(3840, 2160), views: FEW },
];

const [folder, only] = Deno.args;
if (folder === undefined) {
  console.error("Cannot take screenshots: name the folder for them");
  Deno.exit(2);
}
await Deno.mkdir(folder, { recursive: true });
const port = freePort();
await using browser = await launch({ isFull: true, host: HOST, securePort: port });
const pictures: { look: string; view: string; file: string }[] = [];

for (const look of LOOKS.filter(({ name }) => only === undefined || name === only)) {
  await using gallery = await openGallery(browser, { ...look.options, port });
  // A view may need the state that one before it made, so all are gone through.
  for (const view of VIEWS.filter(({ only = look.kind }) => only === look.kind)) {
    await view.show(gallery);
    if (look.views?.includes(view.name) ?? true) await shoot(gallery.visitor, look.name, view.name);
  }
  await showReconnecting(gallery, look.name);
  if (gallery.visitor.faults.length > 0) console.error(look.name, gallery.visitor.faults);
}
await using locked = await Hubbub.start(["--data", ":memory:", "--password", "x"]);
for (const look of LOOKS.filter(({ name }) => only === undefined || name === only)) {
  const visitor = await Visitor.arrive(browser, `http://${HOST}:${locked.port}/`, look.options);
  await visitor.page.locator(".login h1").waitFor();
  await shoot(visitor, look.name, "login");
  await visitor.page.locator(".login .link").click();
  await visitor.page.locator(".login button[type=submit]").click();
  await shoot(visitor, look.name, "login-problem");
  await visitor.leave();
}
for (const look of LOOKS.filter(({ name, views }) => !views && (only ?? name) === name)) {
  await using hubbub = await Hubbub.start(["--data", ":memory:", "--port", String(port)]);
  const visitor = await Visitor.arrive(browser, `http://${HOST}:${port}/`, look.options);
  for (const view of LINK_VIEWS) {
    await view.show({ hubbub, visitor });
    await shoot(visitor, look.name, view.name);
  }
  if (visitor.faults.length > 0) console.error(look.name, visitor.faults);
  await visitor.leave();
}
await Deno.writeTextFile(join(folder, "index.html"), page());

/** The server is gone: what was written waits. */
async function showReconnecting(
  { command, hubbub, visitor }: Gallery,
  look: string,
): Promise<void> {
  // The last view was that of somebody banned.
  await command("Mira", (person) => ({ type: "unban", person }));
  await visitor.page.reload();
  await visitor.page.locator(".connection.open").waitFor({ state: "attached" });
  hubbub.signal("SIGKILL");
  await hubbub.status;
  await visitor.page.locator(".connection.closed").waitFor();
  await visitor.page.locator("#composer").fill("This goes out when the server is back.");
  await visitor.page.locator(".composer .send").click();
  await visitor.page.locator(".pending").waitFor();
  await shoot(visitor, look, "reconnecting");
}

async function shoot({ page }: Visitor, look: string, view: string): Promise<void> {
  await page.waitForTimeout(REST_MS);
  const file = `${look}-${view}.png`;
  await page.screenshot({ path: join(folder ?? ".", file) });
  pictures.push({ look, view, file });
}

/** All pictures, those of one view next to each other. */
function page(): string {
  const sections = [...Map.groupBy(pictures, ({ view }) => view)].map(([view, shown]) => {
    const figures = shown.map(({ look, file }) =>
      `<figure><a href="${file}"><img src="${file}" loading="lazy" alt=""></a>` +
      `<figcaption>${look}</figcaption></figure>`
    );
    return `<h2 id="${view}">${view}</h2>\n<div>${figures.join("\n")}</div>`;
  });
  return `<!DOCTYPE html>
<meta charset="utf-8">
<title>Every view of the page</title>
<style>
  body { margin: 2rem; font: 1rem system-ui, sans-serif; color: #222; background: #ddd; }
  div { display: flex; flex-wrap: wrap; gap: 1.5rem; align-items: start; }
  figure { margin: 0; }
  img { display: block; max-width: min(44rem, 90vw); max-height: 40rem; border: 1px solid #999; }
</style>
<h1>Every view of the page</h1>
${sections.join("\n")}
`;
}
