/**
 * Makes the page's other icons from `static/icons/icon.svg`: those with the number of unread messages, and PNG
 * files for what takes no SVG.
 *
 * ```sh
 * deno run -A build/tools/icons.ts
 * ```
 *
 * The PNG files in the repository were then reduced to 128 colours, which halves them.
 *
 * @module
 */
import { join } from "node:path";
import { launch } from "../../testing/browser.ts";

/** The numbers that have an icon of their own; the last one says "and more". */
const BADGES = 9;
/** The color behind the icon where the platform wants the whole square filled. */
const GROUND = "#f4ede2";
/** Platforms cut a maskable icon to a circle of 80 %: what must be seen lies well inside. */
const MASKABLE_SHARE = 0.6;

const folder = join(import.meta.dirname ?? ".", "..", "..", "static", "icons");
const icon = await Deno.readTextFile(join(folder, "icon.svg"));

for (let count = 1; count <= BADGES; count++) {
  const badge = `  <circle cx="22" cy="22" r="10" fill="#a83c19" />
  <text
    x="22"
    y="27"
    font-family="system-ui, sans-serif"
    font-size="14"
    font-weight="700"
    text-anchor="middle"
    fill="#fff"
  >${count < BADGES ? count : "9+"}</text>
`;
  await Deno.writeTextFile(
    join(folder, `badge-${count}.svg`),
    icon.replace("</svg>", `${badge}</svg>`),
  );
}

await using browser = await launch();
const page = await browser.newPage();
for (
  const { name, size, share, ground } of [
    { name: "icon-180", size: 180, share: 0.72, ground: GROUND },
    { name: "icon-192", size: 192, share: 0.92, ground: "transparent" },
    { name: "icon-512", size: 512, share: 0.92, ground: "transparent" },
    { name: "icon-maskable", size: 512, share: MASKABLE_SHARE, ground: GROUND },
  ]
) {
  await page.setViewportSize({ width: size, height: size });
  const source = `data:image/svg+xml;base64,${btoa(icon)}`;
  await page.setContent(
    `<body style="margin:0;display:grid;place-items:center;height:100vh;background:${ground}">` +
      `<img src="${source}" width="${size * share}" height="${size * share}">`,
  );
  await page.evaluate("document.querySelector('img').decode()");
  await page.screenshot({ path: join(folder, `${name}.png`), omitBackground: true });
}
