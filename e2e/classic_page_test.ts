import { assertEquals } from "../testing/assert.ts";
import { launch, noBrowser } from "../testing/browser.ts";
import { Hubbub } from "../testing/hubbub.ts";
import { PATIENCE_MS } from "../testing/waiter.ts";

/** A page as one writes it against the well-known Go chat: no subprotocol, a line a message. */
const CLASSIC_PAGE = `<!DOCTYPE html>
<title>Classic</title>
<div id="log"></div>
<form id="form"><input id="msg"><input type="submit" value="Send"></form>
<script>
  const conn = new WebSocket("ws://" + new URLSearchParams(location.search).get("host") + "/ws");
  conn.onmessage = (event) => {
    for (const line of event.data.split("\\n")) {
      const item = document.createElement("div");
      item.innerText = line;
      document.getElementById("log").append(item);
    }
  };
  document.getElementById("form").onsubmit = () => {
    conn.send(document.getElementById("msg").value);
    return false;
  };
</script>`;

Deno.test({
  name: "the classic page sends and shows the same lines as the page",
  ignore: noBrowser,
  // The library keeps its pipes to the browser open a little longer than the test.
  sanitizeResources: false,
  sanitizeOps: false,
  async fn() {
    await using classicHost = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      () => new Response(CLASSIC_PAGE, { headers: { "content-type": "text/html" } }),
    );
    // By another name than Hubbub's: of a host that --origin names, only the named origins count.
    const classicOrigin = `http://localhost:${classicHost.addr.port}`;
    await using hubbub = await Hubbub.start(["--origin", classicOrigin]);
    await using browser = await launch();

    const [ann, bob] = await Promise.all(["Ann", "Bob"].map(async (name) => {
      const page = await (await browser.newContext()).newPage();
      page.setDefaultTimeout(PATIENCE_MS);
      await page.goto(hubbub.url());
      await page.getByRole("textbox", { name: "Your name" }).fill(name);
      await page.getByRole("textbox", { name: "Your name" }).press("Enter");
      await page.getByRole("status", { name: "Connection" }).getByText("Connected").waitFor();
      return page;
    }));
    if (ann === undefined || bob === undefined) throw new Error("unreachable");
    const classic = await browser.newPage();
    classic.setDefaultTimeout(PATIENCE_MS);
    await classic.goto(`${classicOrigin}/?host=127.0.0.1:${hubbub.port}`);

    // It is in the room once it is sent its own line.
    await classic.waitForFunction("conn.readyState === WebSocket.OPEN");
    await classic.locator("#msg").fill("here I am");
    await classic.locator("input[type=submit]").click();
    await classic.locator("#log").getByText("here I am").waitFor();

    for (const [page, text] of [[ann, "hello <b>all</b>"], [bob, "hi & good day"]] as const) {
      await page.getByRole("textbox", { name: "Message" }).fill(text);
      await page.getByRole("button", { name: "Send" }).click();
      await classic.getByText(text).waitFor();
    }
    await classic.locator("#msg").fill("from the old page");
    await classic.locator("input[type=submit]").click();

    for (const page of [ann, bob]) {
      const log = page.getByRole("log", { name: "Messages" });
      await log.getByText("from the old page").waitFor();
      await log.getByText("hello <b>all</b>").waitFor();
      await log.getByText("hi & good day").waitFor();
      assertEquals(await log.locator("b").count(), 0);
    }
    assertEquals(await classic.locator("#log > div").allInnerTexts(), [
      "here I am",
      "Ann: hello <b>all</b>",
      "Bob: hi & good day",
      "from the old page",
    ]);

    hubbub.signal("SIGKILL");
    await ann.getByRole("status", { name: "Connection" }).getByText("Connection closed.").waitFor();
  },
});
