import { Copy } from "lucide-preact";
import type { JSX } from "preact";
import { useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { AdminStrings } from "../../admin_strings.ts";
import { copyText } from "../clipboard.ts";
import { useApp, useStrings } from "../context.ts";

/** Shows a link that was made, to be copied. */
export function MadeLink(
  { label, hash, hint, words }: {
    label: string;
    hash: string;
    hint: string;
    words: AdminStrings;
  },
): JSX.Element {
  const { base } = useApp();
  const strings = useStrings();
  const [copied, setCopied] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const id = useId();
  const address = base + hash;
  useLayoutEffect(() => field.current?.select(), [address]);

  async function copy(): Promise<void> {
    field.current?.select();
    setCopied(await copyText(address));
  }

  return (
    <div class="made-link">
      <label>
        <span>{label}</span>
        <input ref={field} type="text" readOnly value={address} aria-describedby={id} />
      </label>
      <p class="hint" id={id}>{hint}</p>
      <p class="actions">
        <button type="button" class="primary" onClick={() => void copy()}>
          <Copy aria-hidden="true" />
          {words.copyLink}
        </button>
        <span class="saved" role="status">{copied && strings.linkCopied}</span>
      </p>
    </div>
  );
}
