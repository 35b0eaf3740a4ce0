/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import type { RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import type { App } from "./context.ts";

/** Whether one types on keys rather than on the screen: where nothing points at all, there are only keys. */
export function hasKeyboard(): boolean {
  return !matchMedia("(pointer: coarse)").matches;
}

/** What can have the focus in a dialog. */
const STOPS = ":is(button, input, textarea, select):not(:disabled, [tabindex='-1'])";

/** Moves the focus on when the element that had it is removed. */
export function keepFocus({ focusComposer }: App): void {
  let last: EventTarget | null = null;
  addEventListener("focusin", ({ target }) => last = target);
  addEventListener("focusout", ({ target }) => {
    // A click beside everything takes the focus away on purpose.
    queueMicrotask(() => {
      if (target === document.activeElement) return;
      if (last === target && target instanceof Node && target.isConnected) last = null;
    });
  });
  new MutationObserver(() => {
    if (!(last instanceof Node) || last.isConnected) return;
    last = null;
    if (document.activeElement !== document.body) return;
    const dialog = document.querySelector("dialog[open]");
    // What is behind a dialog can't have the focus.
    if (dialog) return dialog.querySelector<HTMLElement>(STOPS)?.focus();
    // A screen keyboard that nobody asked for would hide half of the page.
    if (hasKeyboard()) focusComposer();
    else document.querySelector<HTMLElement>('[role="log"]')?.focus();
  }).observe(document.body, { childList: true, subtree: true });
}

/** Takes the focus into a drawer that opens, and back to where it was when the drawer closes. */
export function useDrawerFocus(panel: RefObject<HTMLElement>, open: boolean): void {
  const before = useRef<Element | null>(null);
  // At once: what is around can't keep the focus for as long as a frame.
  useLayoutEffect(() => {
    if (open) before.current = document.activeElement;
  }, [open]);
  useEffect(() => {
    if (!open) return;
    panel.current?.querySelector("button")?.focus();
    return () => {
      const { current: opener } = before;
      // It can't have the focus before all is drawn again.
      queueMicrotask(() => opener instanceof HTMLElement && opener.focus());
    };
  }, [open]);
}
