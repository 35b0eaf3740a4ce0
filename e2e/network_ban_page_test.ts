/** An admin at the page who bans somebody together with the network that they come from. */
import { assertEquals } from "../testing/assert.ts";
import { checkLooks } from "../testing/axe.ts";
import { launch, noBrowser } from "../testing/browser.ts";
import { basic, ChatClient, upgrade } from "../testing/chat_client.ts";
import { temporaryFolder } from "../testing/folder.ts";
import { Hubbub, runHubbub } from "../testing/hubbub.ts";
import { Visitor } from "../testing/page.ts";

/** The library keeps its pipes to the browser open a little longer than a test. */
const options = { ignore: noBrowser, sanitizeResources: false, sanitizeOps: false };

Deno.test({
  ...options,
  name: "an admin keeps out a network with a banned person, sees it listed, and lets it in again",
  async fn() {
    await using folder = await temporaryFolder();
    const data = ["--data", `${folder.path}/chat.db`];
    await using hubbub = await Hubbub.start([...data, "--trust-proxy"]);
    await using browser = await launch();
    const look = { reducedMotion: "reduce", bypassCSP: true } as const;
    const ann = await Visitor.arrive(browser, hubbub.url(), { name: "Ann", ...look });
    const granted = await runHubbub(["admin", ...data, "Ann"]);
    assertEquals(granted.code, 0, granted.stderr);
    const from = { "x-forwarded-for": "203.0.113.7" };
    await using bob = await ChatClient.enter(hubbub.port, ["lobby"], {
      ...basic("Bob:open sesame"),
      ...from,
    });
    const { page } = ann;
    const found: string[] = [];
    await page.getByRole("link", { name: "Administration" }).click();
    const region = page.getByRole("region", { name: "Administration" });
    await region.getByRole("button", { name: "Manage Bob" }).press("Enter");
    await region.getByRole("button", { name: "Ban…" }).press("Enter");
    await region.getByRole("checkbox", { name: "Also keep out their network" }).press("Space");
    await region.getByText("everyone who shares it is kept out, too").waitFor();
    await checkLooks(page, "ban with the network", found);
    await region.getByRole("button", { name: "Ban", exact: true }).press("Enter");
    assertEquals((await bob.closed).reason, "Banned");
    await region.getByText("Network 203.0.113.7 until").waitFor();
    await checkLooks(page, "banned network", found);
    assertEquals((await upgrade(hubbub.port, from)).status, 403);
    await region.getByRole("button", { name: "Let in 203.0.113.7" }).press("Enter");
    await region.getByText("Network 203.0.113.7 until").waitFor({ state: "detached" });
    assertEquals((await upgrade(hubbub.port, from)).status, 101);
    await region.getByRole("tab", { name: "Audit log" }).click();
    await region.getByText("Ann kept out a network of Bob").waitFor();
    await region.getByText("Ann let in a network of Bob").waitFor();
    assertEquals([found, ann.faults], [[], []]);
  },
});
