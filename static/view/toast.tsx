import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { useApp } from "./context.ts";

/** Time for which a toast is shown, in ms: enough to read it and to reach its button. */
const SHOWN_MS = 8_000;

/** The latest toast. It stays while the pointer or the focus is on it. */
export function Toast(): JSX.Element {
  const { chat, toast, focusComposer } = useApp();
  const shown = toast.value;
  const active = chat.active.value.name;
  const box = useRef<HTMLDivElement>(null);

  useEffect(() => {
    if (!shown) return;
    const timer = setInterval(() => {
      if (box.current?.matches(":hover, :focus-within")) return;
      if (toast.peek() === shown) toast.value = undefined;
    }, SHOWN_MS);
    return () => clearInterval(timer);
  }, [shown]);

  useEffect(() => {
    if (toast.peek()?.room === active) toast.value = undefined;
  }, [active]);

  return (
    <div class="toast-place" role="status">
      {shown && (
        <div class="toast" ref={box}>
          <span>{shown.text}</span>
          {shown.action && (
            <button
              type="button"
              class="small"
              onClick={() => {
                toast.value = undefined;
                shown.action?.run();
                focusComposer();
              }}
            >
              {shown.action.label}
            </button>
          )}
        </div>
      )}
    </div>
  );
}
