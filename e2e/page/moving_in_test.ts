/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
/**
 * A team moves in, from an empty folder to the audit log: the claim link, the chat's name, invitations, rooms with doors, a
 * direct message, and a spammer who is muted, banned and removed. `HUBBUB_TEST_PICTURES=FOLDER` keeps a picture of each
 * station.
 */
import { generate } from "lean-qr";
import type { BrowserContextOptions, Locator, Page } from "playwright-core";
import { assertEquals } from "../../testing/assert.ts";
import { checkLooks } from "../../testing/axe.ts";
import { launch, noBrowser } from "../../testing/browser.ts";
import { temporaryFolder } from "../../testing/folder.ts";
import { Hubbub } from "../../testing/hubbub.ts";
import { Visitor } from "../../testing/page.ts";

/** The longest wait for anything, in ms: a busy machine takes its time. */
const PATIENCE = 60_000;
const PICTURES = Deno.env.get("HUBBUB_TEST_PICTURES");
const LOOKED_AT = { reducedMotion: "reduce", bypassCSP: true, patience: PATIENCE } as const;
const PHONE: BrowserContextOptions = {
  viewport: { width: 360, height: 740 },
  hasTouch: true,
  isMobile: true,
};
/** The messages of the spammer. */
const SPAM = 60;

Deno.test({
  // The library keeps its pipes to the browser open a little longer than a test.
  ...{ ignore: noBrowser, sanitizeResources: false, sanitizeOps: false },
  name: "a team moves in from an empty folder, and removes a spammer with all that they posted",
  async fn() {
    await using folder = await temporaryFolder();
    await using hubbub = await Hubbub.start(["--data", `${folder.path}/chat.db`]);
    await using browser = await launch();
    const found: string[] = [];
    let pictures = 0;

    /** Looks at a station: with axe in both colours and on a phone, and keeps pictures if that is wanted. */
    async function look(page: Page, station: string): Promise<void> {
      const size = page.viewportSize();
      await checkLooks(page, station, found);
      const file = `${String(++pictures).padStart(2, "0")}-${station.replaceAll(" ", "-")}`;
      for (
        const [width, colorScheme] of [[1280, "light"], [1280, "dark"], [360, "dark"]] as const
      ) {
        if (PICTURES === undefined) continue;
        await page.setViewportSize({ width, height: width === 360 ? 740 : 800 });
        await page.emulateMedia({ colorScheme });
        await page.screenshot({ path: `${PICTURES}/${file}-${width}-${colorScheme}.png` });
      }
      await page.emulateMedia({ colorScheme: "light" });
      if (size) await page.setViewportSize(size);
    }

    /** Opens an invitation in a browser of its own, and takes a name and a password there. */
    async function accept(
      link: string,
      name: string,
      options: BrowserContextOptions = {},
    ): Promise<Visitor> {
      const visitor = await Visitor.arrive(browser, hubbub.url(), { ...LOOKED_AT, ...options });
      await visitor.page.goto(link);
      await visitor.page.getByRole("heading", { name: "You're invited" }).waitFor();
      await visitor.page.getByRole("textbox", { name: "Your name" }).fill(name);
      await visitor.page.getByLabel("New password", { exact: true }).fill(`password of ${name}`);
      await look(visitor.page, `invitation of ${name}`);
      await visitor.page.keyboard.press("Enter");
      await visitor.box.waitFor();
      return visitor;
    }

    // In charge.
    const claim = /(http\S+#\/claim\/\S+)$/m.exec(hubbub.greeting)?.[1] ?? "";
    const ann = await Visitor.arrive(browser, hubbub.url(), LOOKED_AT);
    const { page } = ann;
    await page.goto(claim);
    const title = page.getByRole("heading", { level: 1 });
    await title.getByText("Take charge of this chat").waitFor();
    await page.getByRole("textbox", { name: "Your name" }).fill("Ann");
    await page.getByLabel("New password", { exact: true }).fill("open sesame");
    await look(page, "claim");
    await page.keyboard.press("Enter");
    await title.getByText("You're in charge now.").waitFor();
    await look(page, "first steps");
    await page.getByRole("button", { name: "Name your chat" }).click();
    const region = page.getByRole("region", { name: "Administration" });
    const tab = (name: string): Promise<void> => region.getByRole("tab", { name }).click();
    await page.getByRole("textbox", { name: "Name of the chat" }).fill("Greenhouse");
    await page.keyboard.press("Enter");
    await region.getByText("Saved.").first().waitFor();
    await look(page, "name of the chat");

    // A second person by link, a third by the QR code.
    await tab("Invites");
    await region.getByRole("button", { name: "Make an invitation" }).click();
    const link = await region.getByRole("textbox", { name: "Invitation" }).inputValue();
    const bob = await accept(link, "Bob");
    await page.setViewportSize({ width: 360, height: 740 });
    const code = region.getByRole("img", { name: "QR code of the invitation" });
    await code.scrollIntoViewIfNeeded();
    assertEquals(await cellsOf(code), cellsFor(link), "the code is that of the link");
    await look(page, "QR code");
    await page.setViewportSize({ width: 1280, height: 800 });
    const cleo = await accept(link, "Cleo", PHONE);

    // Rooms with doors.
    const menu = async (item: string): Promise<Locator> => {
      await ann.chooseInMenu(item);
      const dialog = page.getByRole("dialog", { name: item });
      await dialog.waitFor();
      return dialog;
    };
    const makeRoom = async (name: string): Promise<void> => {
      await page.getByRole("button", { name: "New room" }).click();
      const dialog = page.getByRole("dialog", { name: "New room" });
      await dialog.getByLabel("Name").fill(name);
      await dialog.getByRole("button", { name: "Create room" }).click();
      await ann.title(name).waitFor();
      await ann.box.waitFor();
    };
    await makeRoom("staff");
    await ann.send("Only for us, soon");
    await ann.allSent();
    const settings = await menu("Room settings");
    await settings.getByRole("button", { name: "Make private" }).click();
    await look(page, "make private");
    await settings.getByRole("button", { name: "Make private" }).click();
    await page.getByRole("heading").getByRole("img", { name: "Private room" }).waitFor();
    await page.keyboard.press("Escape");
    const adding = await menu("Add people");
    await page.getByRole("combobox", { name: "Search people" }).fill("bo");
    await page.getByRole("option", { name: "Bob" }).click();
    await look(page, "add people");
    await adding.getByRole("button", { name: "Add", exact: true }).click();
    await page.getByText("1 person was added.").waitFor();
    const rooms = ({ page }: Visitor): Locator => page.getByRole("list", { name: "Rooms" });
    await rooms(bob).getByRole("link", { name: "staff" }).click();
    await bob.message("Only for us, soon").waitFor();
    await bob.send("Between these walls");
    await ann.message("Between these walls").waitFor();

    await makeRoom("news");
    const posting = await menu("Room settings");
    await posting.getByRole("radio", { name: "Moderators" }).check();
    await look(page, "announcement room");
    await page.keyboard.press("Escape");
    await ann.send("The new greenhouse opens on Monday");
    await ann.allSent();
    await cleo.go("news");
    await cleo.message("The new greenhouse").waitFor();
    await cleo.page.getByText("Only moderators").first().waitFor();
    assertEquals(await cleo.box.isDisabled(), true);
    await look(cleo.page, "announcements of others");

    // A direct message, from the phone.
    await cleo.go("lobby");
    await ann.go("lobby");
    await ann.send("Hello all");
    await cleo.message("Hello all").waitFor();
    await cleo.message("Hello all").getByRole("button", { name: "Ann" }).first().click();
    await look(cleo.page, "person card");
    await cleo.page.getByRole("dialog", { name: "Ann" }).getByRole("button", { name: "Message" })
      .click();
    await cleo.title("Ann").waitFor();
    // On a phone, Enter begins a new line.
    await cleo.box.fill("May I ask you something?");
    await cleo.page.getByRole("button", { name: "Send" }).click();
    await page.getByRole("list", { name: "Direct messages" }).getByRole("link", { name: "Cleo" })
      .click();
    await ann.message("May I ask you something?").waitFor();
    await ann.send("Of course");
    await cleo.message("Of course").waitFor();
    await look(page, "direct message");

    // Somebody posts the same sixty times.
    const spammer = await Visitor.arrive(browser, hubbub.url(), {
      ...{ name: "Watch seller", patience: PATIENCE },
    });
    for (let n = 1; n <= SPAM; n++) {
      if (n === SPAM - 9) await spammer.go("tea");
      await spammer.send(`Cheap watches ${n}`);
    }
    await spammer.message(`Cheap watches ${SPAM}`).waitFor();
    await spammer.allSent();
    await cleo.go("lobby");
    await cleo.message("Cheap watches").first().waitFor();
    await ann.go("lobby");
    await ann.message("Cheap watches").first().waitFor();
    await look(page, "spam");
    await page.getByRole("link", { name: "Administration" }).click();
    await tab("People");
    await region.getByRole("searchbox", { name: "Search people" }).fill("watch");
    await page.getByRole("button", { name: "Manage Watch seller" }).click();
    const press = (name: string): Promise<void> =>
      region.getByRole("button", { name, exact: true }).click();
    await press("Mute…");
    await press("Mute");
    await region.getByText("Muted until").waitFor();
    await spammer.page.locator(".silence").getByText("An admin has muted you.").waitFor();
    await press("Ban…");
    await region.getByRole("textbox", { name: "Reason" }).fill("Sells watches");
    await region.getByRole("group", { name: "Remove their messages, too?" })
      .getByRole("radio", { name: "All" }).check();
    await look(page, "ban and remove");
    await press("Ban");
    await region.getByText(`${SPAM} messages removed.`).waitFor();
    await spammer.status.getByText("You have been banned from this chat.").waitFor();
    await look(page, "banned and removed");
    for (const visitor of [cleo, bob]) {
      await visitor.go("lobby");
      await visitor.page.waitForFunction(() => !document.body.innerText.includes("Cheap watches"));
      // One line for each stretch of them, not one for each message.
      await visitor.page.getByText(`${SPAM - 10} messages were deleted by a moderator`).waitFor();
    }
    await look(bob.page, "lobby after the removal");

    // The audit log has these actions.
    await tab("Audit log");
    const entries = region.getByRole("listitem").locator("> span");
    await entries.filter({ hasText: `Ann removed ${SPAM} messages of Watch seller` }).waitFor();
    await entries.filter({ hasText: "Ann banned Watch seller" }).waitFor();
    await entries.filter({ hasText: "Ann muted Watch seller" }).waitFor();
    await entries.filter({ hasText: "Ann made a room private: #staff" }).waitFor();
    await entries.filter({ hasText: "named the chat “Greenhouse”" }).waitFor();
    await look(page, "audit log");
    assertEquals([found, ann.faults, bob.faults, cleo.faults], [[], [], [], []]);
  },
});

/** The dark cells of a code that the page shows, as `x y`. */
async function cellsOf(code: Locator): Promise<string[]> {
  const path = await code.locator("path").getAttribute("d") ?? "";
  return [...path.matchAll(/M(\d+) (\d+)h1v1h-1z/g)].map(([, x, y]) => `${x} ${y}`);
}

/** The dark cells of the code of a text, with the white that the page leaves around it. */
function cellsFor(text: string): string[] {
  const [code, quiet] = [generate(text), 4];
  const cells: string[] = [];
  for (let y = 0; y < code.size; y++) {
    for (let x = 0; x < code.size; x++) {
      if (code.get(x, y)) cells.push(`${x + quiet} ${y + quiet}`);
    }
  }
  return cells;
}
