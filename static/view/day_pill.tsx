import { type ReadonlySignal, useSignalEffect } from "@preact/signals";
import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";
import { useApp, useStrings } from "./context.ts";
import { dayOf } from "./times.ts";

/** So long after the last movement, in ms, the day stays. */
const SHOWN_MS = 1_200;

/**
 * The day of the first message in view, shown while the log is scrolled; a press leads to others.
 *
 * @param at of that message, in milliseconds since 1970; `undefined` when there is nothing to show
 */
export function DayPill({ at }: { at: ReadonlySignal<number | undefined> }): JSX.Element {
  const { dialog, settings } = useApp();
  const strings = useStrings();
  const [moving, setMoving] = useState(false);
  const timer = useRef<ReturnType<typeof setTimeout>>();
  useSignalEffect(() => {
    clearTimeout(timer.current);
    setMoving(at.value !== undefined);
    timer.current = setTimeout(() => setMoving(false), SHOWN_MS);
  });
  return (
    // By keyboard, and to those who can't see it, the menu of the room offers the same.
    <p
      class={`day-pill ${moving ? "moving" : ""}`}
      aria-hidden="true"
      title={strings.jumpToDate}
      onClick={() => dialog.value = "jump"}
    >
      {at.value !== undefined && dayOf(at.value, settings.locale.value, strings)}
    </p>
  );
}
