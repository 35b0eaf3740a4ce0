import { assert, assertEquals } from "../../testing/assert.ts";
import { launch, noBrowser } from "../../testing/browser.ts";
import { Hubbub } from "../../testing/hubbub.ts";
import { Visitor } from "../../testing/page.ts";
import { SilentRelay } from "../../testing/silent_relay.ts";

/**
 * The longest time, in ms, that the page of someone who only reads may lag behind: 45 s, of which its own timers
 * take at most 38, and a busy machine's share.
 */
const RECOVERY_MS = 75_000;

Deno.test({
  ignore: noBrowser,
  // The library keeps its pipes to the browser open a little longer than a test.
  sanitizeResources: false,
  sanitizeOps: false,
  name: "the page of someone who only reads recovers when a relay falls silent",
  async fn() {
    await using hubbub = await Hubbub.start(["--data", ":memory:"]);
    await using browser = await launch();
    const bob = await Visitor.arrive(browser, hubbub.url(), { name: "Bob" });
    await bob.send("before");
    await bob.allSent();

    // Nothing of the server arrives any more; at another reader's nothing reaches the server.
    await using deaf = new SilentRelay(hubbub.port);
    await using mute = new SilentRelay(hubbub.port);
    const ann = await Visitor.arrive(browser, deaf.url, { name: "Ann" });
    const eve = await Visitor.arrive(browser, mute.url, { name: "Eve" });
    await ann.message("before").waitFor();
    await eve.message("before").waitFor();
    deaf.silence("toClient");
    mute.silence("toServer");
    const began = performance.now();
    const again = [ann, eve].map(({ page }) =>
      page.waitForEvent("websocket", { timeout: RECOVERY_MS })
    );
    await bob.send("meanwhile");
    for (const reader of [ann, eve]) {
      await reader.message("meanwhile").waitFor({ timeout: RECOVERY_MS });
    }
    await Promise.all(again);
    const took = performance.now() - began;
    assert(took < RECOVERY_MS, `it took ${Math.round(took)} ms`);
    for (const reader of [ann, eve]) {
      await reader.status.getByText("Connected").waitFor({ state: "attached" });
      assertEquals(await reader.texts(), ["before", "meanwhile"]);
      assertEquals(reader.faults, []);
    }
  },
});
