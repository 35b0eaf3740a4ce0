/// <reference lib="dom" />
/** Pictures of people, and the chat's icon, at the page. */
import type { Locator, Page } from "playwright-core";
import { Buffer } from "node:buffer";
import { LOOKED_AT, openAdminScene } from "../../testing/admin_scene.ts";
import { assert, assertEquals } from "../../testing/assert.ts";
import { checkLooks } from "../../testing/axe.ts";
import { noBrowser } from "../../testing/browser.ts";
import { drawPicture, type TestFile } from "../../testing/pictures.ts";

/** The library keeps its pipes to the browser open a little longer than a test. */
const options = { ignore: noBrowser, sanitizeResources: false, sanitizeOps: false };

/** Chooses a file where a button opens a choice. */
async function choose(
  page: Page,
  button: Locator,
  { name, type, base64 }: TestFile,
): Promise<void> {
  const chooser = page.waitForEvent("filechooser");
  await button.press("Enter");
  const buffer = Buffer.from(base64, "base64");
  await (await chooser).setFiles({ name, mimeType: type, buffer });
}

/** Waits for a picture, and returns its size in pixels. */
async function sizeOf(image: Locator): Promise<unknown> {
  await image.waitFor();
  return await image.evaluate(async (element) => {
    const image = element as HTMLImageElement;
    await image.decode();
    return [image.naturalWidth, image.naturalHeight];
  });
}

Deno.test({
  ...options,
  name: "people choose pictures that everyone sees at once, and an admin an icon",
  async fn() {
    await using scene = await openAdminScene();
    const { ann, region } = scene;
    const bob = await scene.arrive({ name: "Bob", ...LOOKED_AT });
    const { page } = ann;
    const found: string[] = [];
    const screens = Deno.env.get("HUBBUB_SCREENS");
    await ann.send("hello");
    await bob.message("hello").locator("span.avatar").waitFor();

    // A wide one, of which the middle is kept.
    const wide = await drawPicture(page, { name: "wide.png", size: [900, 500] });
    await page.getByRole("button", { name: /Settings$/ }).press("Enter");
    await choose(page, page.getByRole("button", { name: "Choose a picture…" }), wide);
    const part = page.getByRole("application", { name: /^Part that is shown/ });
    const drawn = () => part.evaluate((element) => (element as HTMLCanvasElement).toDataURL());
    await part.waitFor();
    await page.waitForFunction(`document.activeElement.localName === "canvas"`);
    await checkLooks(page, "choosing a part", found);
    if (screens !== undefined) await page.screenshot({ path: `${screens}/crop.png` });
    // By keyboard, by touch, and with the slider.
    const seen = [await drawn()];
    const differs = async () => {
      await page.waitForFunction(
        (before) => document.querySelector("canvas")?.toDataURL() !== before,
        seen.at(-1),
      );
      seen.push(await drawn());
    };
    await page.keyboard.press("ArrowRight");
    await differs();
    await page.keyboard.press("+");
    await differs();
    const zoom = page.getByRole("slider", { name: "Zoom" });
    await zoom.fill("3");
    await differs();
    const box = await part.boundingBox();
    assert(box);
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
    const session = await page.context().newCDPSession(page);
    await session.send("Emulation.setTouchEmulationEnabled", { enabled: true });
    const finger = (type: "touchStart" | "touchMove" | "touchEnd", x?: number) =>
      session.send("Input.dispatchTouchEvent", {
        type,
        touchPoints: x === undefined ? [] : [{ x, y }],
      });
    await finger("touchStart", x);
    await finger("touchMove", x + 30);
    await finger("touchMove", x + 60);
    await finger("touchEnd");
    await differs();
    await zoom.fill("1");
    await part.press("Enter");
    await page.getByText("Saved.").waitFor();
    assertEquals(await part.count(), 0);
    assertEquals(await sizeOf(bob.message("hello").locator("img.avatar")), [256, 256]);
    await bob.page.getByRole("list", { name: "People" }).locator("img.avatar").waitFor();
    await checkLooks(page, "a picture in the settings", found);
    await checkLooks(bob.page, "a picture in the log", found);
    const src = await bob.message("hello").locator("img.avatar").getAttribute("src") ?? "";
    const { headers, status } = await bob.page.evaluate(async (src) => {
      const { headers, status } = await fetch(src);
      return { status, headers: Object.fromEntries(headers) };
    }, src);
    assertEquals(status, 200);
    assert(headers["content-security-policy"]?.startsWith("sandbox; default-src 'none'"));
    assertEquals(headers["x-content-type-options"], "nosniff");
    assert(/^private, max-age=\d+, immutable$/.test(headers["cache-control"] ?? ""));
    // Nobody who may not enter sees it.
    const stranger = await fetch(src);
    await stranger.body?.cancel();
    assertEquals(stranger.status, 401);

    // A file that is not a picture is refused, and the former picture stays.
    const text = { name: "x.png", type: "image/png", base64: btoa("no picture") };
    await choose(page, page.getByRole("button", { name: "Choose a picture…" }), text);
    await page.getByText("This file is no picture").waitFor();
    // One line about oneself, for those who open the card of the person.
    const profile = page.getByRole("dialog", { name: "Your profile" });
    await profile.getByRole("textbox", { name: "One line about you" }).fill(" Gardener, mornings ");
    await page.keyboard.press("Enter");
    await profile.getByText("Saved.").last().waitFor();
    await checkLooks(page, "a line about oneself", found);
    await bob.page.getByRole("list", { name: "People" }).getByRole("button", { name: "Ann" })
      .click();
    const card = bob.page.getByRole("dialog", { name: "Ann" });
    await card.getByText("Gardener, mornings", { exact: true }).waitFor();
    await checkLooks(bob.page, "card with a line", found);
    await bob.page.keyboard.press("Escape");
    if (screens !== undefined) await page.screenshot({ path: `${screens}/picture-settings.png` });
    await page.keyboard.press("Escape");

    // It is there for those who come later.
    const late = await scene.arrive({ ...LOOKED_AT, viewport: { width: 360, height: 640 } });
    await late.message("hello").locator("img.avatar").waitFor();
    if (screens !== undefined) await late.page.screenshot({ path: `${screens}/picture-phone.png` });

    await scene.appoint();
    await page.getByRole("link", { name: "Administration" }).press("Enter");
    await region.getByRole("tab", { name: "Settings" }).click();
    const icon = await drawPicture(page, { name: "icon.png", size: [300, 300], hue: 20 });
    await choose(page, region.getByRole("button", { name: "Choose an icon…" }), icon);
    await region.getByRole("button", { name: "Use this part" }).click();
    assertEquals(await sizeOf(region.getByRole("img", { name: "Icon of the chat" })), [256, 256]);
    assertEquals(await sizeOf(bob.page.locator(".brand img[src*='/pictures/']")), [256, 256]);
    await bob.page.waitForFunction(
      `document.querySelector('link[rel="icon"]').href.includes("/pictures/")`,
    );
    // An app that is installed has it as well, and strangers do not learn of it.
    const { touch, icons, strangers } = await page.evaluate(async () => {
      const at = (rel: string) =>
        document.querySelector<HTMLLinkElement>(`link[rel="${rel}"]`)?.href ?? "";
      const manifest = async (credentials: RequestCredentials) =>
        await (await fetch(at("manifest"), { credentials })).json();
      const [{ icons }, { icons: strangers }] = await Promise.all(
        (["same-origin", "omit"] as const).map(manifest),
      );
      return { touch: at("apple-touch-icon"), icons, strangers };
    });
    assertEquals([{ ...icons[0], src: "" }], [{ src: "", sizes: "any", type: icons[0].type }]);
    assert(touch.endsWith(icons[0].src) && icons[0].src.startsWith("pictures/"), touch);
    assertEquals(strangers.length, 4);
    await checkLooks(page, "an icon", found);
    if (screens !== undefined) await page.screenshot({ path: `${screens}/icon.png` });
    await region.getByRole("button", { name: "Remove icon" }).press("Enter");
    await bob.page.locator(".brand img[src*='icons/']").waitFor();

    await page.locator("a[href='#/lobby']").first().click();
    await page.getByRole("button", { name: /Settings$/ }).press("Enter");
    await page.getByRole("button", { name: "Remove picture" }).press("Enter");
    await bob.message("hello").locator("span.avatar").waitFor();
    assertEquals([...ann.faults, ...bob.faults, ...late.faults], []);
    assertEquals(found, []);
  },
});
