import { assertEquals } from "../../testing/assert.ts";
import { Firefox, noFirefox } from "../../testing/firefox.ts";
import type { FirefoxTab } from "../../testing/firefox_tab.ts";
import { temporaryFolder } from "../../testing/folder.ts";
import { Hubbub } from "../../testing/hubbub.ts";
import { fill, joinPlain } from "../../testing/page.ts";
import { drawPicture, give, textFile } from "../../testing/pictures.ts";

const options = { ignore: noFirefox };

/** The texts of the messages that are drawn. */
async function texts(tab: FirefoxTab): Promise<unknown> {
  return await tab.evaluate(
    `[...document.querySelectorAll(".log .text")].map(({ innerText }) => innerText)`,
  );
}

/** Resolves when all that was written has been sent back. */
async function allSent(tab: FirefoxTab): Promise<void> {
  await tab.until(`!document.querySelector(".log .pending")`);
}

Deno.test({
  ...options,
  name: "the page in Firefox: first visit, name, talk, history, rooms, a restart, Chinese",
  async fn() {
    await using folder = await temporaryFolder();
    const data = `${folder.path}/hubbub.db`;
    await using hubbub = await Hubbub.start(["--data", data]);
    await fill(hubbub, 120);
    await using firefox = await Firefox.start();
    const ann = await firefox.open(hubbub.url());

    // The first visit: the field for the name has the focus.
    await ann.find("textbox", "Your name");
    await ann.shows("[role=status]", "Connected");
    await ann.type("Ann");
    await ann.press("Enter");
    await ann.find("list", "People");
    await ann.shows(".people", "Ann");

    // Others receive, and are received.
    using bob = await joinPlain(hubbub, "lobby", "Bob");
    await ann.until(`document.activeElement.id === "composer"`);
    await ann.type("hello **from** :tada: Firefox");
    await ann.press("Enter");
    await bob.received("hello **from** :tada: Firefox");
    bob.send("hello Ann, says Bob");
    await ann.shows(".message", "hello Ann, says Bob");
    await ann.shows(".message .text", "hello from 🎉 Firefox");

    // A picture and a file.
    const picture = await drawPicture(ann, { name: "photo.png", size: [900, 500] });
    await give(ann, "drop", [picture, textFile("notes.txt", 100)]);
    await ann.until(`document.querySelectorAll(".tray-item").length === 2 &&
      document.querySelector(".tray-item img") && !document.querySelector(".tray progress")`);
    await ann.press("Enter");
    await bob.received("[photo.png] [notes.txt]");
    await ann.until(`document.querySelector(".log a.file-card") &&
      [...document.querySelectorAll(".log .picture img")].some((each) => each.naturalWidth > 0)`);
    await allSent(ann);

    // History: what was said before is loaded while one scrolls.
    await ann.find("log", "Messages");
    await ann.evaluate(`document.querySelector("[role=log]").focus()`);
    await ann.press("Home");
    await ann.shows("[role=log]", "line 1");
    await ann.until(`!document.querySelector("[role=log]").innerText.includes("line 120")`);
    await ann.shows("[role=log]", "This is the start of #lobby.");
    await ann.press("End");
    await ann.shows(".message", "hello Ann, says Bob");

    // A room is made, and left for the first one.
    await ann.press("Control+k");
    await ann.find("dialog", "Find or create a room");
    await ann.type("garden");
    await ann.press("Enter");
    await ann.find("heading", "garden");
    await ann.until(`document.activeElement.id === "composer"`);
    await ann.type("tomatoes");
    await ann.press("Enter");
    await ann.shows(".message", "tomatoes");
    await allSent(ann);
    await ann.press("Alt+ArrowUp");
    await ann.find("heading", "lobby");

    // The server goes and comes back. Firefox does not load a part again that it could not load meanwhile.
    await ann.until(`performance.getEntriesByType("resource").some((entry) =>
      entry.name.includes("later_dialogs") && entry.responseEnd > 0)`);
    hubbub.signal("SIGKILL");
    await hubbub.status;
    await ann.shows("[role=status]", "Connection closed.");
    await ann.click("textbox", "Message");
    await ann.type("written meanwhile");
    await ann.press("Enter");
    await ann.shows(".pending", "written meanwhile");
    await using again = await Hubbub.start(["--data", data, "--port", String(hubbub.port)]);
    await ann.shows("[role=status]", "Connected");
    await allSent(ann);
    assertEquals((await texts(ann) as string[]).slice(-3), [
      "hello from 🎉 Firefox",
      "hello Ann, says Bob",
      "written meanwhile",
    ]);

    // In Chinese, also after a reload, as the same person.
    await ann.click("button", "Ann, Settings");
    await ann.click("radio", "简体中文");
    await ann.find("dialog", "个人资料与设置");
    await ann.press("Escape");
    await ann.until(`document.activeElement.closest("dialog") === null`);
    await ann.reload();
    await ann.find("log", "消息");
    await ann.shows("[role=status]", "已连接");
    await ann.click("textbox", "消息内容");
    await ann.type("大家好，我是安");
    await ann.press("Enter");
    await ann.shows(".message", "大家好，我是安");
    await allSent(ann);
    using reader = await joinPlain(again, "lobby");
    reader.send("bye");
    await ann.shows(".message", "bye");
    assertEquals(await ann.evaluate(`document.querySelector(".me bdi").innerText`), "Ann");
    // A browser says in the console that it could not connect.
    assertEquals(ann.faults.filter((fault) => !fault.includes("ws://")), []);
  },
});
