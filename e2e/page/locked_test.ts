/** A page of a chat with a password whose person's session ends elsewhere. */
import { assertEquals } from "../../testing/assert.ts";
import { checkLooks } from "../../testing/axe.ts";
import { noBrowser, sharedBrowser } from "../../testing/browser.ts";
import { Hubbub } from "../../testing/hubbub.ts";
import { Visitor } from "../../testing/page.ts";

const shared = sharedBrowser();

Deno.test({
  // The library keeps its pipes to the browser open a little longer than a test.
  ...{ ignore: noBrowser, sanitizeResources: false, sanitizeOps: false },
  name: "a page whose session has ended shows nothing of its person to whoever logs in there next",
  async fn() {
    await using hubbub = await Hubbub.start(["--data", ":memory:", "--password", "enter"]);
    await using browser = shared();
    const ann = await Visitor.arrive(browser, "about:blank", {
      ...{ reducedMotion: "reduce", bypassCSP: true },
    });
    const { page } = ann;
    let isCut = false;
    await page.routeWebSocket(/\/ws$/, (socket) => {
      if (isCut) void socket.close();
      else socket.connectToServer();
    });
    const cover = page.getByText("You are logged in. The chat opens when it is connected.");
    const me = (name: string) => page.locator(".me").getByText(name).waitFor();
    async function logIn(name: string): Promise<void> {
      await page.getByRole("textbox", { name: "Your name" }).fill(name);
      await page.getByRole("button", { name: "My name has a password" }).click();
      await page.getByLabel("Name password", { exact: true }).fill(`${name}'s own`);
      await page.getByLabel("Server password", { exact: true }).fill("enter");
      await page.keyboard.press("Enter");
    }
    /** Ends the session as another device would, and has the next person log in without a connection. */
    async function follow(name: string): Promise<void> {
      await page.context().request.post(hubbub.url("/logout"));
      await page.getByRole("button", { name: "Join" }).waitFor();
      isCut = true;
      await logIn(name);
      await ann.status.getByText("Reconnecting").waitFor();
      const shown = await page.locator("body").innerText();
      assertEquals(shown.includes("half a thought") || shown.includes("Ann's words"), false, shown);
      await cover.waitFor();
    }
    /** Lets the page connect: once it can, it may do so by itself, and begin anew, before anybody presses the button. */
    async function connect(): Promise<void> {
      await page.getByRole("button", { name: "Retry now" }).click();
      isCut = false;
    }
    await page.goto(hubbub.url("/#/lobby"));
    await logIn("Ann");
    await me("Ann");
    await ann.send("Ann's words");
    await ann.message("Ann's words").waitFor();
    await ann.box.fill("half a thought");

    await follow("Bob");
    const found: string[] = [];
    await checkLooks(page, "cover", found);
    await connect();
    await me("Bob");
    assertEquals(await ann.box.inputValue(), "");
    await ann.box.fill("Bob's thought");

    // Whoever comes back finds the page as it was.
    await page.evaluate("globalThis.isSame = true");
    await follow("Bob");
    await connect();
    await me("Bob");
    assertEquals(await ann.box.inputValue(), "Bob's thought");
    assertEquals(await page.evaluate("globalThis.isSame"), true);

    // Without a password that was the former person's: logging out asks before the name is lost.
    await page.context().request.post(hubbub.url("/logout"));
    await page.getByRole("textbox", { name: "Your name" }).fill("Eve");
    await page.getByLabel("Server password", { exact: true }).fill("enter");
    await page.keyboard.press("Enter");
    await me("Eve");
    await page.getByRole("button", { name: "Eve, Settings" }).click();
    await page.getByRole("button", { name: "Log out", exact: true }).click();
    await page.getByText("If your name has no password, you won't get it back.").waitFor();
    assertEquals([found, ann.alerts], [[], []]);
  },
});
