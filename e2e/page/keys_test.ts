/// <reference lib="dom" />
/** Keys pressed faster than the browser tells of what the one before has done. */
import { openAdminScene } from "../../testing/admin_scene.ts";
import { assertEquals } from "../../testing/assert.ts";
import { noBrowser } from "../../testing/browser.ts";

/** The library keeps its pipes to the browser open a little longer than a test. */
const options = { ignore: noBrowser, sanitizeResources: false, sanitizeOps: false };

/**
 * Presses a key several times within one task: the page may draw in between, but the browser has not yet notified it that
 * the address changed.
 */
async function pressAtOnce(init: KeyboardEventInit & { times: number }): Promise<void> {
  for (let i = 0; i < init.times; i++) {
    document.activeElement?.dispatchEvent(
      new KeyboardEvent("keydown", { bubbles: true, cancelable: true, ...init }),
    );
    for (let turn = 0; turn < 50; turn++) await null;
  }
}

Deno.test({
  ...options,
  name: "keys pressed in quick succession go one room and one tab each",
  async fn() {
    await using scene = await openAdminScene();
    const { page } = scene.ann;
    await scene.appoint();
    for (const room of ["ant", "bee", "cat"]) {
      await page.evaluate((room) => location.hash = `#/${room}`, room);
      await page.getByRole("heading", { name: room }).waitFor();
      await page.getByRole("button", { name: `Create #${room}` }).click();
      await scene.ann.box.waitFor();
    }
    await page.evaluate(pressAtOnce, { key: "ArrowUp", altKey: true, times: 3 });
    await page.getByRole("heading", { name: "lobby" }).waitFor();
    await page.evaluate(pressAtOnce, { key: "ArrowDown", altKey: true, times: 2 });
    await page.getByRole("heading", { name: "bee" }).waitFor();

    await page.getByRole("link", { name: "Administration" }).click();
    await page.getByRole("tab", { name: "People" }).focus();
    await page.evaluate(pressAtOnce, { key: "ArrowRight", times: 3 });
    await page.getByRole("textbox", { name: "Name of the chat" }).waitFor();
    assertEquals(scene.ann.faults, []);
  },
});
