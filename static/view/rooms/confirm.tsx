import type { ComponentChildren, JSX } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { errorWords } from "../../strings.ts";
import { useStrings } from "../context.ts";
import { useWords } from "./words.ts";

/** A button that asks before it does what can hurt. */
export function Confirm(
  { label, action = label, icon, question, children, danger = true, onConfirm }: {
    label: string;
    /** The label of the button that does it; by default the same. */
    action?: string;
    icon: ComponentChildren;
    question: string;
    /** More to be answered. */
    children?: ComponentChildren;
    danger?: boolean;
    /** Returns the code of an error. */
    onConfirm: () => Promise<string | undefined>;
  },
): JSX.Element {
  const strings = useStrings();
  const words = useWords();
  const [asking, setAsking] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | undefined>();
  const frame = useRef<HTMLDivElement>(null);
  const wasAsking = useRef(false);
  // The button that had the focus is gone, and the question may be below what is in view.
  useLayoutEffect(() => {
    if (asking === wasAsking.current) return;
    wasAsking.current = asking;
    const target = frame.current?.querySelector<HTMLElement>(asking ? ".no" : "button");
    target?.focus();
    frame.current?.scrollIntoView({ block: "nearest" });
  }, [asking]);

  async function confirm(): Promise<void> {
    if (busy) return;
    setBusy(true);
    const code = await onConfirm();
    setBusy(false);
    setProblem(code);
    if (code === undefined) setAsking(false);
  }

  return (
    <div class="confirm" ref={frame}>
      {!asking
        ? (
          <button type="button" class={danger ? "danger" : ""} onClick={() => setAsking(true)}>
            {icon}
            {label}
          </button>
        )
        : (
          <div role="group" aria-label={label} class="question">
            <p role="alert">{question}</p>
            {children}
            <p class="problem" role="alert">{problem && errorWords(strings, problem)}</p>
            <p class="actions">
              <button type="button" class="no" onClick={() => setAsking(false)}>
                {words.cancel}
              </button>
              <button
                type="button"
                class={danger ? "danger" : "primary"}
                aria-disabled={busy}
                onClick={() => void confirm()}
              >
                {action}
              </button>
            </p>
          </div>
        )}
    </div>
  );
}
