/**
 * The views of files: the tray, the log, one picture, all files of a room.
 *
 * @module
 */
import { drawPicture, give, largeFile, textFile } from "../../testing/pictures.ts";
import type { View } from "./view.ts";

/** In the order of a visit, in a room. */
export const FILE_VIEWS: readonly View[] = [
  {
    name: "files-dragged",
    async show({ visitor: { page } }) {
      const photo = await drawPicture(page, { name: "beans.png", size: [800, 600] });
      await page.locator("#composer").fill("");
      // As long as something is dragged, the browser says so again and again.
      while (await page.locator(".drop-zone").count() === 0) {
        await give(page, "dragover", [photo]);
        await page.waitForTimeout(50);
      }
    },
  },
  {
    name: "files-in-tray",
    async show({ visitor: { page } }) {
      await page.locator("#composer").fill("The garden this morning, and the plan");
      await give(page, "paste", [
        await drawPicture(page, { name: "image.png", size: [1280, 800], hue: 90 }),
      ]);
      await page.locator(".tray-item").first().waitFor();
      await give(page, "drop", [
        await drawPicture(page, {
          ...{ name: "tomatoes.jpg", type: "image/jpeg", size: [1600, 1200], hue: 340 },
        }),
        await drawPicture(page, {
          ...{ name: "tomatoes from above.jpg", type: "image/jpeg", size: [900, 1400], hue: 20 },
        }),
        textFile("Plan for the garden in spring, with the beds by the wall.pdf", 60_000),
        largeFile("a film of all of it.mkv", 27_000_000),
      ]);
      await page.locator(".tray-item").nth(4).waitFor();
      await page.locator(".tray progress").first().waitFor({ state: "detached" });
    },
  },
  {
    name: "files-in-log",
    async show({ visitor }) {
      const { page } = visitor;
      await page.locator(".tray-item.bad .icon").last().click();
      await page.locator(".composer .send").click();
      await visitor.allSent();
      await give(page, "drop", [
        await drawPicture(page, { name: "wide.png", size: [1800, 700], hue: 200 }),
      ]);
      await page.locator(".tray-item").waitFor();
      await page.locator(".composer .send").click();
      await visitor.allSent();
      await page.waitForFunction(`[...document.querySelectorAll(".log .picture img")]
        .every(({ complete }) => complete)`);
    },
  },
  {
    name: "files-waiting",
    async show({ visitor: { page } }) {
      await page.context().setOffline(true);
      await page.locator(".connection.closed").waitFor();
      await give(page, "drop", [
        await drawPicture(page, { name: "later.png", size: [900, 500], hue: 270 }),
        textFile("later.txt", 2_000),
      ]);
      await page.locator(".tray-item img").waitFor();
      await page.locator("#composer").fill("When the train is out of the tunnel");
      await page.locator(".composer .send").click();
      await page.locator(".pending .picture").waitFor();
    },
  },
  {
    name: "picture",
    async show({ visitor }) {
      const { page } = visitor;
      await page.context().setOffline(false);
      await page.locator(".connection.open").waitFor({ state: "attached" });
      await visitor.allSent();
      await page.locator(".log .picture").last().click();
      await page.locator("dialog.viewer").waitFor();
    },
  },
  {
    name: "files-of-room",
    async show({ visitor: { page } }) {
      await page.keyboard.press("Escape");
      await page.locator("dialog.viewer").waitFor({ state: "detached" });
      await page.locator(".room-header .menu > button").click();
      await page.locator("[role=menu] .lucide-files").click();
      await page.locator(".file-list li").first().waitFor();
    },
  },
  {
    name: "reply-to-picture",
    async show({ visitor: { page } }) {
      await page.locator("dialog header .icon").click();
      await page.locator("dialog").waitFor({ state: "detached" });
      await page.locator(".message-actions .lucide-reply").last().dispatchEvent("click");
      await page.locator(".composing").waitFor();
      await page.locator("#composer").fill("Lovely!");
      await page.locator("#composer").press("Control+Enter");
      await page.locator(".quote").last().waitFor();
      await page.locator(".pending").waitFor({ state: "detached" });
    },
  },
];
