/** The length of a day, in ms. */
export const DAY_MS = 24 * 60 * 60 * 1000;

/** The length of an hour, in ms. */
export const HOUR_MS = 60 * 60 * 1000;

/** The length of a minute, in ms. */
export const MINUTE_MS = 60 * 1000;
