/// <reference lib="dom" />

/** The code of every key while an input method uses it; Safari gives no other sign. */
const IN_COMPOSITION = 229;

/** Whether a key belongs to an input method that is still choosing characters. */
export function isComposing(event: KeyboardEvent): boolean {
  return event.isComposing || event.keyCode === IN_COMPOSITION;
}
