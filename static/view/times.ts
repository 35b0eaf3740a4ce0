import type { Strings } from "../strings.ts";
import { isSameDay } from "../state/rows.ts";

/** Making a format is slow and using it is not. */
const formats = new Map<string, Intl.DateTimeFormat>();

function format(locale: string, kind: "time" | "day" | "full", at: number): string {
  const key = `${kind} ${locale}`;
  let known = formats.get(key);
  if (!known) {
    known = new Intl.DateTimeFormat(
      locale,
      kind === "time"
        ? { hour: "numeric", minute: "2-digit" }
        : kind === "day"
        ? { weekday: "long", year: "numeric", month: "long", day: "numeric" }
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
  const now = Date.now();
  if (isSameDay(at, now)) return today;
  if (isSameDay(at, now - 86_400_000)) return yesterday;
  return format(locale, "day", at);
}
