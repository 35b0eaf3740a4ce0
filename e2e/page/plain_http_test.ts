/// <reference lib="dom" />
import { assertEquals } from "../../testing/assert.ts";
import { launch, noBrowser } from "../../testing/browser.ts";
import { Hubbub } from "../../testing/hubbub.ts";
import { give, largeFile, recordVideo } from "../../testing/pictures.ts";
import { joinPlain, shownFor, Visitor } from "../../testing/page.ts";

/** A machine of the house, without a certificate: browsers keep much from its pages. */
const HOST = "chat.example";

Deno.test({
  ignore: noBrowser,
  // The library keeps its pipes to the browser open a little longer than a test.
  sanitizeResources: false,
  sanitizeOps: false,
  name:
    "the page over plain http from another machine: talk, copy, and why there is no notification",
  async fn() {
    await using hubbub = await Hubbub.start(["--data", ":memory:"]);
    await using browser = await launch({ host: HOST });
    const ann = await Visitor.arrive(browser, `http://${HOST}:${hubbub.port}/`, { name: "Ann" });
    const { page } = ann;
    assertEquals(
      await page.evaluate(
        () => [isSecureContext, "randomUUID" in crypto, "clipboard" in navigator],
      ),
      [false, false, false],
    );
    using bob = await joinPlain(hubbub, "lobby", "Bob");
    await ann.send("hello from the kitchen");
    await bob.received("hello from the kitchen");
    bob.send("hi @Ann");
    await ann.message("hi @Ann").waitFor();

    await ann.send("```\nlet there = be(code);\n```");
    await ann.allSent();
    const copied = shownFor(page, '[aria-label="Copied"]');
    await page.getByRole("button", { name: "Copy", exact: true }).click();
    await copied;
    await ann.box.press("Control+v");
    assertEquals(await ann.box.inputValue(), "let there = be(code);");
    const told = shownFor(page, ".toast", "Link copied.");
    await ann.chooseInMenu("Copy link");
    await told;
    await ann.box.fill("");
    await ann.box.press("Control+v");
    assertEquals(await ann.box.inputValue(), `http://${HOST}:${hubbub.port}/#/lobby`);

    await ann.go("garden");
    await page.getByRole("button", { name: "Settings" }).click();
    await page.getByText("Notifications require HTTPS.").waitFor();
    assertEquals(await page.getByLabel("Notify me of mentions and replies").isDisabled(), true);
    await page.keyboard.press("Escape");

    // A second tab knows of the file as well; there are no locks, and only one of them uploads it.
    const begun: string[] = [];
    page.context().on("request", (request) => {
      if (request.method() === "POST" && request.url().endsWith("/files")) {
        begun.push(request.url());
      }
    });
    const other = await page.context().newPage();
    await other.goto(page.url());
    await other.locator(".me").getByText("Ann").waitFor();
    await give(page, "drop", [largeFile("film.bin", 5_000_000)]);
    for (const tab of [page, other]) {
      await tab.locator(".tray-item").waitFor();
      await tab.locator(".tray progress").waitFor({ state: "detached" });
    }
    await ann.send("once");
    await ann.message("once").getByText("film.bin").waitFor();
    assertEquals(begun.length, 1);
    // The page's own policy lets it measure a video.
    await give(page, "drop", [await recordVideo(page, { name: "clip.webm", size: [180, 320] })]);
    await page.locator(".tray-item").waitFor();
    await page.locator(".tray progress").waitFor({ state: "detached" });
    await ann.send("a clip");
    await ann.message("a clip").locator('.player.video[style*="180 / 320"]').waitFor();
    await other.close();
    await page.reload();
    await page.locator(".me").getByText("Ann").waitFor();
    assertEquals(ann.faults, []);
  },
});
