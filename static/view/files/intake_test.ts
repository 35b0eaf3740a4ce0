import { signal } from "@preact/signals";
import { assertEquals } from "../../../testing/assert.ts";
import { openChat } from "../../state/chat_fixture.ts";
import { Settings } from "../../state/settings.ts";
import { openStorage } from "../../state/storage.ts";
import { replaceGlobals } from "../../../testing/globals.ts";
import { MemoryStorage } from "../../../testing/storage.ts";
import type { App, FileTaker } from "../context.ts";
import { takeFiles } from "./intake.ts";

Deno.test("Files that are dropped or pasted while the chat is covered go to nobody, and open in no page", async () => {
  await using test = await openChat();
  const paper = new EventTarget();
  using _browser = replaceGlobals({ document: paper, Element: class {} });
  const taken: string[] = [];
  const app: FileTaker = {
    chat: test.chat,
    settings: new Settings(openStorage(() => new MemoryStorage()), ["en"]),
    toast: signal(undefined),
    spoken: signal(""),
    focusComposer: () => {},
    locked: signal<ReturnType<App["locked"]["peek"]>>(),
    link: signal<ReturnType<App["link"]["peek"]>>(),
    filesPart: signal(undefined),
    loadFiles: () => new Promise(() => taken.push("files")),
  };
  takeFiles(app);
  const data = { types: ["Files"], files: [new File(["x"], "a.txt")] };
  function drop(): boolean {
    const event = new Event("drop", { cancelable: true });
    return dispatchEvent(Object.assign(event, { dataTransfer: data }));
  }
  const paste = () =>
    paper.dispatchEvent(Object.assign(new Event("paste"), { clipboardData: data }));
  app.locked.value = "login";
  assertEquals([drop(), paste(), taken.length], [false, true, 0]);
  app.locked.value = undefined;
  app.link.value = { kind: "invite", token: "t" };
  assertEquals([drop(), paste(), taken.length], [false, true, 0]);
  app.link.value = undefined;
  assertEquals([drop(), paste(), taken.length], [false, true, 2]);
});
