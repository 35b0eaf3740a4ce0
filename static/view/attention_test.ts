import { signal } from "@preact/signals";
import { assertEquals } from "../../testing/assert.ts";
import { replaceGlobals } from "../../testing/globals.ts";
import { MemoryStorage } from "../../testing/storage.ts";
import { hello, joined, message, openChat, stretch, until } from "../state/chat_fixture.ts";
import { Settings } from "../state/settings.ts";
import { openStorage } from "../state/storage.ts";
import { loadStrings } from "../strings.ts";
import { followTitle } from "./attention.ts";
import type { App } from "./context.ts";

Deno.test("The tab names neither the room nor what is unread while the chat is covered", async () => {
  await loadStrings("en");
  const icon = new Map<string, string>();
  const link = {
    getAttribute: (name: string) => icon.get(name),
    setAttribute: (name: string, value: string) => icon.set(name, value),
    removeAttribute: (name: string) => icon.delete(name),
  };
  const paper = { title: "", querySelector: () => link };
  using _browser = replaceGlobals({ document: paper });
  await using test = await openChat({ attentive: () => false });
  const { chat, client } = test;
  const locked: App["locked"] = signal();
  followTitle({
    ...{ chat, locked, base: "https://chat.test/", icon: "plain.svg" },
    settings: new Settings(openStorage(() => new MemoryStorage()), ["en"]),
    adminTab: signal(undefined),
    link: signal(undefined),
  });
  hello(client);
  client.send(joined(2, stretch(1, 2)));
  await until(() => chat.active.value.live.value);
  client.send({ type: "message", ...message(3) });
  await until(() => chat.unread.value > 0);
  const shown = () => [paper.title, icon.get("href")];
  assertEquals(shown(), ["(1) #lobby · Hubbub", "icons/badge-1.svg"]);
  locked.value = "login";
  assertEquals(shown(), ["chat.test", "plain.svg"]);
  locked.value = undefined;
  assertEquals(shown(), ["(1) #lobby · Hubbub", "icons/badge-1.svg"]);
});
