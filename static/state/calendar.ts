const DAY_MS = 86_400_000;

/**
 * The number of a calendar day where the reader is: the next day has the next number, also when the clock is
 * changed and a day has 23 or 25 hours.
 *
 * @param at in milliseconds since 1970
 */
export function dayNumber(at: number): number {
  const date = new Date(at);
  return Date.UTC(date.getFullYear(), date.getMonth(), date.getDate()) / DAY_MS;
}

/** The calendar day of a time where the reader is, as `2026-12-31`. */
export function dateOf(at: number): string {
  const date = new Date(at);
  const [year, month, day] = [date.getFullYear(), date.getMonth() + 1, date.getDate()];
  const two = (n: number) => String(n).padStart(2, "0");
  return `${String(year).padStart(4, "0")}-${two(month)}-${two(day)}`;
}

/** The first language tag that the browser knows how to format times with; tags of some systems are none. */
export function validLocale(tags: readonly string[]): string | undefined {
  return tags.find((tag) => {
    try {
      return Intl.DateTimeFormat.supportedLocalesOf(tag).length > 0;
    } catch {
      return false;
    }
  });
}
