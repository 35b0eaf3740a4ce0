import { signal } from "@preact/signals";
import { assertEquals } from "../../../testing/assert.ts";
import { loadStrings } from "../../strings.ts";
import type { App } from "../context.ts";
import { Settings } from "../../state/settings.ts";
import { openChat } from "../../state/chat_fixture.ts";
import { openStorage } from "../../state/storage.ts";
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

Deno.test("A page whose person another tab has forgotten is left without a question for files on their way", async () => {
  await using test = await openChat();
  test.chat.files.add("lobby", [new File(["x"], "a.txt")]);
  const left: number[] = [];
  const value = { reload: () => void left.push(test.chat.files.list.value.length) };
  Object.defineProperty(globalThis, "location", { value, configurable: true });
  leaveWithOthers(test);
  assertEquals(left, [0]);
});
