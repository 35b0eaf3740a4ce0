import { signal } from "@preact/signals";
import { assertEquals } from "../../../testing/assert.ts";
import { loadStrings } from "../../strings.ts";
import type { App } from "../context.ts";
import { Settings } from "../../state/settings.ts";
import { hello, openChat, until } from "../../state/chat_fixture.ts";
import { openStorage } from "../../state/storage.ts";
import { replaceGlobals } from "../../../testing/globals.ts";
import { MemoryStorage } from "../../../testing/storage.ts";
import { closeOthers, leaveWithOthers } from "./forget.ts";

Deno.test("What the page offers to one person is gone for the next, who hears that a session has ended", async () => {
  await loadStrings("en");
  const area = new MemoryStorage();
  const app: Parameters<typeof closeOthers>[0] = {
    settings: new Settings(openStorage(() => area), ["en"]),
    dialog: signal<ReturnType<App["dialog"]["peek"]>>("settings"),
    viewing: signal(undefined),
    acting: signal(undefined),
    reporting: signal(undefined),
    askToNotify: signal(undefined),
    spoken: signal(""),
    toast: signal<ReturnType<App["toast"]["peek"]>>(undefined),
  };
  for (const name of ["Bob", "guest-1"]) {
    app.toast.value = { text: "You left", action: { label: "Undo", run() {} } };
    app.spoken.value = "Eve: a secret";
    closeOthers(app, name);
    assertEquals([app.dialog.value, app.toast.value?.action], [undefined, undefined]);
    assertEquals(app.spoken.value, "");
    assertEquals(app.toast.value !== undefined, name !== "Bob");
  }
});

Deno.test("A page that is left asks for files that would be lost, but not of a person who has gone, and keeps the others", async () => {
  const left: string[][] = [];
  for (const owner of ["s/bob", "", "other/ann"]) {
    const area = new MemoryStorage();
    await using test = await openChat({ area });
    hello(test.client);
    await until(() => test.chat.me.value !== undefined);
    const { files, store } = test.chat;
    files.add("lobby", ["kept.txt", "passing.txt"].map((name) => new File(["x"], name)));
    const passing = files.list.value.find(({ name }) => name === "passing.txt");
    files.change(passing?.key ?? "", { passing: true });
    const reload = () => void left.push(files.list.value.map(({ name }) => name));
    using _browser = replaceGlobals({ location: { reload } });
    area.setItem("hubbub.owner", owner.replace("ann", store.owner?.split("/")[1] ?? ""));
    leaveWithOthers(test);
  }
  assertEquals(left, [["kept.txt"], [], ["kept.txt", "passing.txt"]]);
});
