import { Check, Copy } from "lucide-preact";
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { highlighted } from "../highlighting.ts";
import { copyText } from "./clipboard.ts";
import { useStrings } from "./context.ts";
import { loadLaterStyle } from "./later_style.ts";

/** A block of code, with a button that copies it. */
export function Code(
  { text, language }: { text: string; language: string | undefined },
): JSX.Element {
  const { copyCode, copied } = useStrings();
  const [done, setDone] = useState(false);
  async function copy(): Promise<void> {
    // If the browser forbids copying, the text can still be selected.
    if (!await copyText(text)) return;
    setDone(true);
    setTimeout(() => setDone(false), 1500);
  }
  const tokens = language === undefined ? undefined : highlighted(text, language).value;
  useEffect(() => {
    // It has the colours.
    if (tokens) void loadLaterStyle();
  }, [tokens]);
  return (
    <div class="code" dir="ltr">
      <pre tabIndex={0}><code>{tokens?.map(({ text, kind }, i) =>
        kind === undefined ? text : <span key={i} class={`code-${kind}`}>{text}</span>
      ) ?? text}</code></pre>
      <button type="button" class="icon" aria-label={done ? copied : copyCode} onClick={copy}>
        {done ? <Check aria-hidden="true" /> : <Copy aria-hidden="true" />}
      </button>
    </div>
  );
}
