// deno-lint-ignore-file no-console -- a tool talks on the console
/**
 * Makes screenshots of the page as it is.
 *
 * ```sh
 * deno task screenshots FOLDER
 * ```
 *
 * @module
 */
import { join } from "node:path";
import { launch } from "../testing/browser.ts";
import { Hubbub } from "../testing/hubbub.ts";
import { Visitor } from "../testing/page.ts";

const WIDE = { viewport: { width: 1440, height: 900 } };
const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true };

/** Who says what. */
const TALK: [string, string][] = [
  ["Mira", "Good morning! :sun_with_face: The new notes are up: https://hubbub.example/notes"],
  ["Mira", "Could somebody read them **before noon**?"],
  ["Jonas", "On it. Two things I'd add:\n- a word on *backups*\n- what `--sync full` costs"],
  ["李雷", "@Mira 早上好！中文版我今天下午翻译 :tea:"],
  ["Mira", "> what `--sync full` costs\n\nNext to nothing, since messages share a commit:"],
  [
    "Mira",
    "```ts\nfor await (const batch of inbox.batches()) {\n  log.append(batch); // one transaction\n}\n```",
  ],
  ["Jonas", "Ha, nice. That goes into the notes :memo:"],
  ["李雷", ":tada:"],
];

const folder = Deno.args[0];
if (folder === undefined) {
  console.error("Cannot make screenshots: name the folder they shall go to");
  Deno.exit(2);
}
await Deno.mkdir(folder, { recursive: true });

await using browser = await launch();
await using hubbub = await Hubbub.start(["--data", ":memory:"]);
const people = new Map<string, Visitor>();
for (const [name, text] of TALK) {
  const person = people.get(name) ??
    await Visitor.arrive(browser, hubbub.url(), { ...WIDE, name });
  people.set(name, person);
  await person.send(text);
  await person.allSent();
}
const mira = people.get("Mira");
const jonas = people.get("Jonas");
if (!mira || !jonas) throw new Error("unreachable: both are in the talk");
for (
  const [room, text] of [["garden", "The tomatoes are in."], ["reading", "Chapter four, then?"]]
) {
  await jonas.go(room ?? "");
  await mira.go(room ?? "");
  await mira.go("lobby");
  await jonas.send(text ?? "");
}
await jonas.send("@Mira which edition do you have?");
await jonas.go("lobby");
// The server passes on only so much of who is typing.
await jonas.page.waitForTimeout(3500);
await jonas.box.pressSequentially("And then");

await mira.page.getByRole("button", { name: "Not now" }).click();
await shoot(mira, "wide");
await mira.page.emulateMedia({ colorScheme: "dark" });
await shoot(mira, "dark");
await mira.page.emulateMedia({ colorScheme: "light" });
await mira.page.keyboard.press("Control+k");
await shoot(mira, "rooms");
await mira.page.keyboard.press("Escape");
await mira.page.getByRole("button", { name: "Settings" }).click();
await shoot(mira, "settings");
await mira.page.keyboard.press("Escape");

const newcomer = await Visitor.arrive(browser, hubbub.url(), WIDE);
await newcomer.page.locator(".welcome").waitFor();
await shoot(newcomer, "first-visit");
await newcomer.leave();

const chinese = await Visitor.arrive(browser, hubbub.url(), { ...WIDE, locale: "zh-CN" });
await chinese.page.locator(".name-form input").fill("韩梅梅");
await chinese.page.locator(".name-form input").press("Enter");
await chinese.page.locator(".me").waitFor();
await shoot(chinese, "chinese");

for (const colorScheme of ["light", "dark"] as const) {
  const phone = await Visitor.arrive(browser, hubbub.url(), { ...PHONE, colorScheme });
  await phone.page.locator(".name-form input").fill(`Ayo ${colorScheme}`);
  await phone.page.locator(".name-form input").press("Enter");
  await phone.page.locator(".welcome").waitFor({ state: "detached" });
  await shoot(phone, `phone-${colorScheme}`);
  await phone.page.getByRole("button", { name: "Open the list of rooms" }).click();
  await shoot(phone, `phone-rooms-${colorScheme}`);
  await phone.leave();
}

const writer = await Visitor.arrive(browser, hubbub.url(), { ...WIDE, name: "نور 🦊" });
for (let n = 1; n <= 30; n++) {
  await writer.go(n % 7 === 0 ? `a-room-with-a-long-name-${n}` : `room-${n}`);
}
await writer.go("room-8");
await shoot(writer, "many-rooms-and-empty");
await writer.send("مرحبا بالجميع, see `--help`:\n- [x] read it\n- [ ] " + "understood ".repeat(30));
await writer.allSent();
await writer.page.setViewportSize({ width: 320, height: 640 });
await shoot(writer, "narrow");
await writer.go("lobby");
await writer.page.setViewportSize({ width: 3840, height: 2160 });
await shoot(writer, "wall");
await writer.page.setViewportSize({ width: 794, height: 1123 });
await writer.page.emulateMedia({ media: "print" });
await shoot(writer, "print");
await writer.leave();

await mira.page.context().setOffline(true);
await mira.send("I write on while the train is in the tunnel.");
await shoot(mira, "offline");
await mira.page.context().setOffline(false);
hubbub.signal("SIGKILL");
await hubbub.status;
await chinese.page.locator(".connection.closed").waitFor();
await mira.page.locator(".connection.closed").waitFor();
await shoot(mira, "reconnecting");

/** Makes one when what moves has come to rest. */
async function shoot({ page }: Visitor, name: string): Promise<void> {
  await page.waitForTimeout(700);
  const path = join(folder ?? ".", `${name}.png`);
  await page.screenshot({ path });
  console.log(path);
}
