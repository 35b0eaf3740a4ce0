/// <reference lib="dom" />

/** Held this long, in ms, a finger presses rather than taps. */
const LONG_MS = 450;
/** A finger that moves further, in px, scrolls. */
const STILL = 10;

/**
 * Tells of long presses of a finger in an element; what the browser itself does at one is left out.
 *
 * @param onPress called with what is under the finger; returns whether that means anything
 * @returns what ends it
 */
export function onLongPress(
  element: HTMLElement,
  onPress: (target: Element) => boolean,
): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let from = { x: 0, y: 0 };
  let pressed = false;

  function end(): void {
    clearTimeout(timer);
    timer = undefined;
  }
  function down({ target, pointerType, isPrimary, clientX: x, clientY: y }: PointerEvent): void {
    end();
    // A link has a menu of its own.
    if (pointerType !== "touch" || !isPrimary || !(target instanceof Element)) return;
    if (target.closest("a, input, textarea") !== null) return;
    from = { x, y };
    timer = setTimeout(() => pressed = onPress(target), LONG_MS);
  }
  function move({ clientX, clientY }: PointerEvent): void {
    if (Math.hypot(clientX - from.x, clientY - from.y) > STILL) end();
  }
  function context(event: Event): void {
    // Chromium on Android tells of the press in this way, too.
    if (timer !== undefined || pressed) event.preventDefault();
  }
  /** The end of the press is no click on what is under the finger then. */
  function click(event: Event): void {
    if (pressed) {
      event.preventDefault();
      event.stopPropagation();
    }
    pressed = false;
  }
  const signals = new AbortController();
  const { signal } = signals;
  element.addEventListener("pointerdown", down, { signal });
  element.addEventListener("pointermove", move, { signal });
  for (const type of ["pointerup", "pointercancel", "scroll"]) {
    element.addEventListener(type, end, { signal });
  }
  element.addEventListener("contextmenu", context, { signal });
  const anywhere = { signal, capture: true };
  addEventListener("click", click, anywhere);
  addEventListener("pointerdown", () => pressed = false, anywhere);
  return () => {
    end();
    signals.abort();
  };
}
