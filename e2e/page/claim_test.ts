/** The page of the link that a first start prints. */
import { assert, assertEquals } from "../../testing/assert.ts";
import { checkLooks } from "../../testing/axe.ts";
import { launch, noBrowser } from "../../testing/browser.ts";
import { Hubbub } from "../../testing/hubbub.ts";
import { Visitor } from "../../testing/page.ts";

/** The longest wait for anything, in ms: a busy machine takes its time. */
const PATIENCE = 120_000;

Deno.test({
  // The library keeps its pipes to the browser open a little longer than a test.
  ...{ ignore: noBrowser, sanitizeResources: false, sanitizeOps: false },
  name:
    "the person who opens the claim link becomes the admin at the page, and sees the first steps",
  async fn() {
    await using hubbub = await Hubbub.start();
    await using browser = await launch();
    const token = /#\/claim\/(\S+)$/m.exec(hubbub.greeting)?.[1] ?? "";
    const look = { reducedMotion: "reduce", bypassCSP: true, patience: PATIENCE } as const;
    const bob = await Visitor.arrive(browser, hubbub.url(), { name: "Bob", patience: PATIENCE });
    const context = await browser.newContext({ locale: "en-US", ...look });
    context.setDefaultTimeout(PATIENCE);
    const page = await context.newPage();
    const found: string[] = [];

    await page.goto(hubbub.url(`/#/claim/${"x".repeat(24)}`));
    await page.getByText("This link doesn't work any more.").waitFor();
    await page.waitForFunction(`document.title.startsWith("This link doesn't work any more.")`);
    await checkLooks(page, "bad link", found);
    await page.getByRole("button", { name: "Go to the chat" }).click();
    await page.locator("#composer").waitFor();
    await page.waitForFunction(`document.title.startsWith("#lobby")`);

    await page.evaluate((token) => globalThis.location.hash = `#/claim/${token}`, token);
    const title = page.getByRole("heading", { level: 1 });
    await title.getByText("Take charge of this chat").waitFor();
    await page.waitForFunction(`document.title.startsWith("Take charge of this chat")`);
    assert(!page.url().includes(token), "the token stays in the address");
    await checkLooks(page, "claim", found);

    // With the keyboard alone, and with mistakes.
    const name = page.getByRole("textbox", { name: "Your name" });
    await name.fill("Bob");
    await page.keyboard.press("Tab");
    await page.keyboard.type("short");
    await page.keyboard.press("Enter");
    await page.getByText("Use at least 8 characters.").waitFor();
    await checkLooks(page, "claim with a mistake", found);
    const secret = page.getByLabel("New password", { exact: true });
    await secret.fill("open sesame");
    await secret.press("Enter");
    // Bob has no password, and so nobody can prove to be Bob.
    await page.locator(".problem:not(:empty)").waitFor();
    await name.fill("Ann");
    await name.press("Enter");

    await title.getByText("You're in charge now.").waitFor();
    await checkLooks(page, "first steps", found);
    await bob.page.getByRole("list", { name: "People" }).getByRole("listitem")
      .filter({ hasText: "Ann" }).getByRole("img", { name: "Admin" }).waitFor();
    await page.getByRole("button", { name: "Name your chat" }).click();
    await page.getByRole("textbox", { name: "Name of the chat" }).waitFor();

    // A second person opens the same link.
    await bob.page.goto(hubbub.url(`/#/claim/${token}`));
    await bob.page.getByText("This link doesn't work any more.").waitFor();
    assertEquals([found, bob.faults], [[], []]);
  },
});
