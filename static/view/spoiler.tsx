import type { ComponentChildren, JSX } from "preact";
import { useReducer } from "preact/hooks";
import { useApp, useStrings } from "./context.ts";

/** The number of opened spoilers that are remembered. */
const KEPT = 1_000;
/** The texts of the spoilers that the reader has opened. */
const opened = new Set<string>();

/**
 * A part of a text that is hidden until its reader opens it.
 *
 * @param text its text without markup
 */
export function Spoiler(
  { text, children }: { text: string; children: ComponentChildren },
): JSX.Element {
  const { spoken } = useApp();
  const { showSpoiler } = useStrings();
  const [, redraw] = useReducer((n: number, _: void) => n + 1, 0);
  function open(): void {
    if (opened.size >= KEPT) opened.clear();
    opened.add(text);
    spoken.value = text;
    redraw();
  }
  // The same element, so that it keeps the focus.
  if (opened.has(text)) return <span class="spoiler" tabIndex={-1}>{children}</span>;
  return (
    <span
      class="spoiler hidden"
      role="button"
      tabIndex={0}
      aria-label={showSpoiler}
      title={showSpoiler}
      onClick={open}
      onKeyDown={(event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        open();
      }}
    >
      {/* As long as the text, which nothing finds or copies before it is opened. */}
      {text.replace(/\S/gu, "█")}
    </span>
  );
}
