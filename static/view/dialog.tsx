import { X } from "lucide-preact";
import type { ComponentChildren, JSX } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { useApp, useStrings } from "./context.ts";
import { hasKeyboard } from "./focus.ts";
import { IconButton } from "./icon_button.tsx";

/** A dialog's name: a title above its content, or a label for those who can't see what it is. */
type DialogTitle = { title: string; label?: undefined } | { label: string; title?: undefined };

/** On a phone a dialog has a place of its own. */
const PHONE = matchMedia("(max-width: 48rem)");
/** The distance from the edge of the window, and from the button, in px. */
const GAP = 8;

/** Puts a dialog below a button, or above it if there is more room. */
function place(dialog: HTMLElement, { top, bottom, right }: DOMRect): void {
  const { offsetWidth: width, offsetHeight: height } = dialog;
  const isBelow = bottom + GAP + height <= innerHeight - GAP || bottom + top < innerHeight;
  const y = isBelow ? bottom + GAP : top - GAP - height;
  const clamp = (wanted: number, most: number) => Math.max(GAP, Math.min(wanted, most - GAP));
  dialog.style.margin = "0";
  dialog.style.left = `${clamp(right - width, innerWidth - width)}px`;
  dialog.style.top = `${clamp(y, innerHeight - height)}px`;
}

/** A modal dialog; the browser keeps the focus in it and gives it back. */
export function Dialog(
  { title, label, class: extra, at, onClose, children }: DialogTitle & {
    class?: string;
    /** The position of the button to open at, if there is room. */
    at?: DOMRect | undefined;
    onClose: () => void;
    children: ComponentChildren;
  },
): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  const pressed = useRef<EventTarget | null>(null);
  const { close } = useStrings();
  const { focusComposer } = useApp();
  // At once, so that the keys after the shortcut go into the dialog.
  useLayoutEffect(() => {
    const element = dialog.current;
    const before = document.activeElement;
    element?.showModal();
    if (element && at && !PHONE.matches) place(element, at);
    return () => {
      const { activeElement } = document;
      // The browser has closed it, and given back the focus, a frame ago: it may be elsewhere since then.
      const isMoved = !element?.open && activeElement !== before && activeElement !== document.body;
      element?.close();
      if (isMoved || !(before instanceof HTMLElement)) return;
      // The element that had the focus may be gone, as a newcomer's name field once the name is taken.
      if (before.isConnected) {
        // Chromium can give back the focus without the caret, and then typed characters are lost.
        before.blur();
        before.focus();
      } else if (hasKeyboard()) focusComposer();
    };
  }, []);
  return (
    <dialog
      ref={dialog}
      class={extra}
      aria-label={label}
      aria-labelledby={title === undefined ? undefined : "dialog-title"}
      // The browser may only tell when this dialog is gone, and the next one open.
      onClose={() => dialog.current && onClose()}
      onMouseDown={({ target }) => pressed.current = target}
      // Text may be selected from inside to beside it, which is a click on both.
      onClick={({ target }) => target === dialog.current && pressed.current === target && onClose()}
    >
      {/* Covers the whole dialog: a click on this element itself is one beside the dialog. */}
      <div class={title === undefined ? undefined : "dialog"}>
        {title !== undefined && (
          <header>
            <h2 id="dialog-title">{title}</h2>
            <IconButton label={close} onClick={onClose}>
              <X aria-hidden="true" />
            </IconButton>
          </header>
        )}
        {children}
      </div>
    </dialog>
  );
}
