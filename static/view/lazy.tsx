import { RotateCw } from "lucide-preact";
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { type App, useStrings } from "./context.ts";

/** A part of the page that is loaded when it is needed; undefined before that. */
export function useLoaded<T>(load: (() => Promise<T>) | undefined): T | "failed" | undefined {
  const [part, setPart] = useState<{ readonly it: T | "failed" } | undefined>();
  useEffect(() => {
    if (load === undefined || part !== undefined) return;
    load().then((it) => setPart({ it }), () => setPart({ it: "failed" }));
  }, [load]);
  return part?.it;
}

/** Says that a part could not be loaded. Some browsers don't try again before the page is loaded anew. */
export function tellLoadFailed({ settings, toast }: Pick<App, "settings" | "toast">): void {
  const { loadFailed, reload } = settings.strings.peek();
  toast.value = { text: loadFailed, action: { label: reload, run: () => location.reload() } };
}

/** Stands in the place of a part that could not be loaded. */
export function LoadFailed(): JSX.Element {
  const strings = useStrings();
  return (
    <div class="admin admin-note" role="alert">
      <p>{strings.loadFailed}</p>
      <button type="button" onClick={() => location.reload()}>
        <RotateCw aria-hidden="true" />
        {strings.reload}
      </button>
    </div>
  );
}
