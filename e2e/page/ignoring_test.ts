/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import { assertEquals } from "../../testing/assert.ts";
import { checkLooks } from "../../testing/axe.ts";
import { noBrowser, sharedBrowser } from "../../testing/browser.ts";
import { Hubbub } from "../../testing/hubbub.ts";
import { Visitor } from "../../testing/page.ts";

const shared = sharedBrowser();

/** The library keeps its pipes to the browser open a little longer than a test. */
const options = { ignore: noBrowser, sanitizeResources: false, sanitizeOps: false };

/** Opens the card of a person in the list. */
async function openCard({ page }: Visitor, name: string): Promise<void> {
  await page.getByRole("list", { name: "People" }).getByRole("button", { name }).click();
  await page.getByRole("dialog", { name }).waitFor();
}

Deno.test({
  ...options,
  name:
    "An ignored person is hidden on every visit, can be shown for a while, and doesn't find out",
  async fn() {
    await using hubbub = await Hubbub.start(["--data", ":memory:"]);
    await using browser = shared();
    const look = { reducedMotion: "reduce", bypassCSP: true } as const;
    const ann = await Visitor.arrive(browser, hubbub.url(), { name: "Ann", ...look });
    const bob = await Visitor.arrive(browser, hubbub.url(), { name: "Bob" });
    const { page } = ann;
    const faults: string[] = [];
    await bob.send("buy my boats");
    await bob.send("cheap boats");
    await ann.message("cheap boats").waitFor();
    await openCard(ann, "Bob");
    await checkLooks(page, "card", faults);
    await page.getByRole("button", { name: "Ignore", exact: true }).click();
    await page.getByText("nothing they write notifies you").waitFor();
    await checkLooks(page, "card of an ignored person", faults);
    await page.keyboard.press("Escape");
    const note = page.getByRole("log", { name: "Messages" }).getByText("You ignore Bob.");
    await note.waitFor();
    assertEquals([await ann.messages.count(), await note.count()], [0, 1]);
    await checkLooks(page, "note", faults);

    // A further message is counted by the same note; other people's messages are shown.
    await bob.send("last chance");
    const carl = await Visitor.arrive(browser, hubbub.url(), { name: "Carl" });
    await carl.send("hello all");
    await ann.message("hello all").waitFor();
    assertEquals([await ann.texts(), await note.count()], [["hello all"], 1]);

    // The server keeps it.
    await page.reload();
    await note.waitFor();
    await ann.message("hello all").waitFor();
    assertEquals(await ann.texts(), ["hello all"]);

    // By keyboard they are shown for a while, and hidden again.
    await page.getByRole("button", { name: "Show messages of Bob" }).press("Enter");
    await ann.message("last chance").waitFor();
    assertEquals(await note.count(), 0);
    await checkLooks(page, "shown for a while", faults);
    await page.getByRole("button", { name: "Hide", exact: true }).press("Enter");
    await note.waitFor();

    // The settings list them.
    await page.getByRole("button", { name: "Settings" }).click();
    await page.getByRole("heading", { name: "People you ignore" }).waitFor();
    await checkLooks(page, "settings", faults);
    await page.getByRole("button", { name: "Stop ignoring Bob" }).click();
    await page.getByRole("heading", { name: "People you ignore" }).waitFor({ state: "detached" });
    await page.keyboard.press("Escape");
    await ann.message("last chance").waitFor();
    assertEquals(await bob.page.getByText(/ignore/).count(), 0);
    assertEquals([faults, ann.faults, bob.faults], [[], [], []]);
  },
});

Deno.test({
  ...options,
  name: "A guest ignores somebody in this browser, and takes that along with the first name",
  async fn() {
    await using hubbub = await Hubbub.start(["--data", ":memory:"]);
    await using browser = shared();
    const bob = await Visitor.arrive(browser, hubbub.url(), { name: "Bob" });
    await bob.send("buy my boats");
    const eve = await Visitor.arrive(browser, hubbub.url());
    await eve.message("buy my boats").waitFor();
    const note = eve.page.getByText("You ignore Bob.");
    await openCard(eve, "Bob");
    await eve.page.getByRole("button", { name: "Ignore", exact: true }).click();
    await eve.page.keyboard.press("Escape");
    await note.waitFor();
    await eve.page.reload();
    await note.waitFor();
    await eve.takeName("Eve");
    await eve.page.waitForFunction(() =>
      Object.keys(localStorage).every((key) => !key.endsWith(".ignored"))
    );
    await eve.page.reload();
    await note.waitFor();
    assertEquals([await eve.messages.count(), eve.faults], [0, []]);
  },
});
