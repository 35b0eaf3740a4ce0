import type { Strings } from "../strings.ts";
import { signal } from "@preact/signals";
import { dayNumber } from "../state/calendar.ts";

/** The interval at which to look whether the day has changed, in ms. */
const LOOK_MS = 20_000;
/** The number of today. */
const day = signal(dayNumber(Date.now()));
setInterval(() => day.value = dayNumber(Date.now()), LOOK_MS);

/** Making a format is slow and using it is not. */
const formats = new Map<string, Intl.DateTimeFormat>();

function format(locale: string, kind: "time" | "day" | "full" | "moment", at: number): string {
  const key = `${kind} ${locale}`;
  let known = formats.get(key);
  if (!known) {
    known = new Intl.DateTimeFormat(
      locale,
      kind === "time"
        ? { timeStyle: "short" }
        : kind === "day"
        ? { weekday: "long", year: "numeric", month: "long", day: "numeric" }
        : kind === "moment"
        ? { dateStyle: "medium", timeStyle: "short" }
        : { dateStyle: "full", timeStyle: "medium" },
    );
    formats.set(key, known);
  }
  return known.format(at);
}

/** The time of day. */
export function timeOf(at: number, locale: string): string {
  return format(locale, "time", at);
}

/** Day and time, in full. */
export function fullTimeOf(at: number, locale: string): string {
  return format(locale, "full", at);
}

/** The day, in words where it is near. */
export function dayOf(at: number, locale: string, { today, yesterday }: Strings): string {
  const days = day.value - dayNumber(at);
  if (days === 0) return today;
  if (days === 1) return yesterday;
  return format(locale, "day", at);
}

/** The time at which a mute ends, as part of a sentence. */
export function untilWords(at: number, locale: string, strings: Strings): string {
  const time = timeOf(at, locale);
  const isToday = day.value === dayNumber(at);
  return isToday ? strings.untilTime(time) : strings.untilDay(format(locale, "day", at), time);
}

/**
 * A moment as short as can be: the time of day, with the day if it is another one.
 *
 * @param from the moment whose day need not be said, by default now
 */
export function momentOf(at: number, locale: string, from?: number): string {
  const isSameDay = (from === undefined ? day.value : dayNumber(from)) === dayNumber(at);
  return format(locale, isSameDay ? "time" : "moment", at);
}
