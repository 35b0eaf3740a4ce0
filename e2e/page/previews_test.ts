/// <reference lib="dom" />
/** Previews of links at the page, which a server has made before. */
import { assertEquals } from "../../testing/assert.ts";
import { dirname } from "node:path";
import { contentPath, filesFolder } from "../../files/content_path.ts";
import { checkLooks } from "../../testing/axe.ts";
import { launch, noBrowser } from "../../testing/browser.ts";
import { temporaryFolder } from "../../testing/folder.ts";
import { Hubbub, runHubbub } from "../../testing/hubbub.ts";
import { Visitor } from "../../testing/page.ts";
import { openLocalState } from "../../state/local.ts";
import type { Event } from "../../state/events.ts";

/** The library keeps its pipes to the browser open a little longer than a test. */
const options = { ignore: noBrowser, sanitizeResources: false, sanitizeOps: false };

const LOOK = { reducedMotion: "reduce", bypassCSP: true } as const;

/** The id of the picture of a preview, and the bytes of it. */
const PICTURE = "P".repeat(22);
const PICTURE_FILE = "static/icons/icon-192.png";

/** Makes a chat with previews, of a page that is what it says and one that is not. */
async function makeChat(path: string): Promise<void> {
  const bytes = await Deno.readFile(PICTURE_FILE);
  const kept = contentPath(filesFolder(path), PICTURE);
  await Deno.mkdir(dirname(kept), { recursive: true });
  await Deno.writeFile(kept, bytes);
  using store = openLocalState({ path, sync: "normal" });
  const cara = { id: "p1", name: "Cara" };
  const room = "lobby";
  const events: Event[] = [
    { type: "name", person: "p1", name: "Cara", key: "cara", used: 1 },
    { type: "role", person: "p1", role: "admin" },
    { type: "setting", setting: "previews", value: true, by: "p1" },
    ...["see https://tea.example/green", "and http://bad.example/ https://long.example/"].map(
      (text, i): Event => ({ type: "message", room, id: `m${i}`, user: cara, text }),
    ),
    {
      ...{ type: "previews", room, seq: 1 },
      previews: [{
        url: "https://tea.example/green",
        title: "Green tea",
        description: "Leaves, water at 80 °C, and two minutes.",
        site: "The Tea Pages",
        picture: { id: PICTURE, width: 192, height: 192 },
      }],
      pictures: {
        files: [{ id: PICTURE, size: bytes.length, mime: "image/png", sha256: "h" }],
        ...{ total: 0, day: 0 },
      },
    },
    {
      ...{ type: "previews", room, seq: 2 },
      previews: [
        {
          url: "http://bad.example/",
          title: '<img src=x onerror="alert(1)">',
          site: "bank.example",
        },
        { url: "https://long.example/", title: "x".repeat(200), description: "长".repeat(300) },
      ],
    },
  ];
  for (const event of events) store.state.append([event], Date.now());
}

Deno.test({
  ...options,
  name: "the page shows previews of links as text with their hosts, and removes them",
  async fn() {
    await using folder = await temporaryFolder();
    const data = ["--data", `${folder.path}/chat.db`];
    await makeChat(`${folder.path}/chat.db`);
    await using browser = await launch();
    await using hubbub = await Hubbub.start(data);
    const ann = await Visitor.arrive(browser, hubbub.url(), { name: "Ann", ...LOOK });
    const phone = { viewport: { width: 360, height: 640 }, hasTouch: true, isMobile: true };
    const bob = await Visitor.arrive(browser, hubbub.url(), {
      ...{ colorScheme: "dark" },
      ...LOOK,
      ...phone,
    });
    const found: string[] = [];
    for (const visitor of [ann, bob]) {
      const card = visitor.message("see").locator(".preview");
      await card.getByText("Green tea").waitFor();
      await card.getByText("tea.example", { exact: true }).waitFor();
      const picture = card.locator("img");
      await picture.evaluate((image: HTMLImageElement) => image.decode());
      assertEquals(await picture.getAttribute("src"), `files/${PICTURE}/preview`);
      const box = await picture.boundingBox();
      assertEquals([box?.width, box?.height], [192, 192]);
      await visitor.message("bad.example").getByText('<img src=x onerror="alert(1)">').waitFor();
    }
    await ann.message("see").getByRole("list", { name: "Previews of links" }).waitFor();
    const link = ann.message("see").locator(".preview a");
    assertEquals(await link.getAttribute("href"), "https://tea.example/green");
    assertEquals(await link.getAttribute("rel"), "noopener noreferrer nofollow");
    await checkLooks(ann.page, "previews", found);
    await checkLooks(bob.page, "previews on a phone", found);
    const screens = Deno.env.get("HUBBUB_SCREENS");
    if (screens !== undefined) {
      await ann.page.screenshot({ path: `${screens}/previews.png` });
      await bob.page.screenshot({ path: `${screens}/previews-phone.png` });
    }
    // Nobody is offered to remove those of others, but for moderators and admins.
    assertEquals(await ann.page.locator(".preview button").count(), 0);
    const { code, stderr } = await runHubbub(["admin", ...data, "Ann"]);
    assertEquals(code, 0, stderr);
    await ann.message("bad.example").getByRole("button", { name: "Remove previews" }).click();
    await ann.message("bad.example").locator(".preview").first().waitFor({ state: "detached" });
    await bob.message("bad.example").locator(".preview").first().waitFor({ state: "detached" });
    // By the menu, as with the keyboard.
    const message = ann.message("see");
    await message.hover();
    await message.getByRole("toolbar", { name: "Message actions" })
      .getByRole("button", { name: "More", exact: true }).click();
    await ann.page.locator(".message-menu").getByRole("button", { name: "Remove previews" })
      .click();
    await message.locator(".preview").waitFor({ state: "detached" });
    await bob.message("see").locator(".preview").waitFor({ state: "detached" });
    for (const { faults, alerts, hosts } of [ann, bob]) {
      assertEquals([faults, alerts], [[], []]);
      assertEquals(hosts.size, 1);
    }
    assertEquals(found, []);
  },
});
