import { Copy, Trash2 } from "lucide-preact";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { copyText } from "../clipboard.ts";
import { useApp, useStrings } from "../context.ts";
import { Dialog } from "../dialog.tsx";
import { momentOf } from "../times.ts";
import { useWords } from "./words.ts";

/** The messages for rooms that this person is not in any more: to be copied or discarded, never sent elsewhere. */
export function UnsentDialog({ onClose }: { onClose: () => void }): JSX.Element {
  const { chat, settings } = useApp();
  const strings = useStrings();
  const words = useWords();
  const [copied, setCopied] = useState<string | undefined>();
  // Read, so that this is drawn again when they change.
  chat.unsentRevision.value;
  const unsent = chat.unsent();
  return (
    <Dialog title={words.unsentTitle} onClose={onClose}>
      <p class="hint">{unsent.length === 0 ? words.nothingUnsent : words.unsentHint}</p>
      <ul class="unsent" aria-label={words.unsentTitle}>
        {unsent.map(({ id, text, at, files = [] }) => (
          <li key={id}>
            <p class="hint">{momentOf(at, settings.locale.value)}</p>
            <p class="unsent-text" dir="auto">{text}</p>
            {files.map((key) => (
              <p key={key} class="hint">
                <bdi>{chat.files.find(key)?.name}</bdi>
              </p>
            ))}
            <p class="actions">
              {text !== "" && (
                <button
                  type="button"
                  class="small"
                  onClick={async () => await copyText(text) && setCopied(id)}
                >
                  <Copy aria-hidden="true" />
                  {copied === id ? words.copied : words.copy}
                </button>
              )}
              <button type="button" class="small" onClick={() => chat.discard(id)}>
                <Trash2 aria-hidden="true" />
                {strings.discard}
              </button>
            </p>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
