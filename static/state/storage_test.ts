import { assertEquals } from "../../testing/assert.ts";
import { MemoryStorage } from "../../testing/storage.ts";
import { Outbox } from "./outbox.ts";
import { Settings } from "./settings.ts";
import { openStorage } from "./storage.ts";

class FullStorage extends MemoryStorage {
  override setItem(): void {
    throw new DOMException("full", "QuotaExceededError");
  }
}

Deno.test("Without a storage, and with a full one, values last as long as the page", () => {
  const full = new FullStorage();
  const stores = [
    openStorage(() => {
      throw new DOMException("no storage here", "SecurityError");
    }),
    openStorage(() => full),
  ];
  for (const store of stores) {
    store.set("draft.a", "x");
    assertEquals(store.get("draft.a"), "x");
    assertEquals(store.keys("draft."), ["draft.a"]);
    store.remove("draft.a");
    assertEquals(store.get("draft.a"), undefined);
    assertEquals(store.keys("draft."), []);
  }
});

Deno.test("Junk in the storage counts as nothing", () => {
  const area = new MemoryStorage();
  const store = openStorage(() => area);
  for (const [i, junk] of ["{", "[]", "null", '{"room":"A!","id":"x","text":1}', "\0"].entries()) {
    area.setItem(`hubbub.outbox.${i}`, junk);
  }
  area.setItem("hubbub.theme", "purple");
  area.setItem("hubbub.sound", "{}");
  assertEquals(new Outbox(store).pending, []);
  const settings = new Settings(store, ["fr", "zh-TW"]);
  assertEquals([settings.theme.value, settings.sound.value], ["auto", false]);
  assertEquals([settings.spoken.value, settings.locale.value], ["zh", "zh-TW"]);
});

Deno.test("A setting is kept", () => {
  const area = new MemoryStorage();
  const store = openStorage(() => area);
  new Settings(store, []).set("theme", "dark");
  new Settings(store, []).set("sound", true);
  const settings = new Settings(store, []);
  assertEquals([settings.theme.value, settings.sound.value], ["dark", true]);
});
