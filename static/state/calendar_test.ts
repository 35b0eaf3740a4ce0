import { assertEquals } from "../../testing/assert.ts";
import { MemoryStorage } from "../../testing/storage.ts";
import { dayNumber, validLocale } from "./calendar.ts";
import { Settings } from "./settings.ts";
import { openStorage } from "./storage.ts";

Deno.test("dayNumber counts calendar days, whatever the hours", () => {
  // A day before and after each change of the clock in many zones, hour by hour.
  for (const [month, day] of [[2, 28], [9, 24], [2, 8], [10, 1], [0, 1], [11, 31]] as const) {
    for (let hour = 0; hour < 96; hour++) {
      const at = new Date(2026, month, day, hour);
      const before = new Date(at.getFullYear(), at.getMonth(), at.getDate() - 1, 12);
      assertEquals(dayNumber(at.getTime()) - dayNumber(before.getTime()), 1);
    }
  }
});

Deno.test("Settings take times from the browser's first language, and words from the page's", () => {
  const area = new MemoryStorage();
  const settings = (languages: string[]) => new Settings(openStorage(() => area), languages);
  const german = settings(["de-DE", "en-US"]);
  assertEquals([german.spoken.value, german.locale.value, german.timeLocale], [
    "en",
    "en-US",
    "de-DE",
  ]);
  assertEquals(settings(["en-US@posix", "en-GB"]).timeLocale, "en-GB");
  assertEquals(settings([]).timeLocale, "en");
  assertEquals(validLocale(["not a tag", "zh-TW"]), "zh-TW");
});
