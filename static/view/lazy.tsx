import { RotateCw } from "lucide-preact";
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { useStrings } from "./context.ts";

/** A part of the page that is loaded when it is needed; undefined before that. */
export function useLoaded<T>(load: (() => Promise<T>) | undefined): T | "failed" | undefined {
  const [part, setPart] = useState<{ readonly it: T | "failed" } | undefined>();
  useEffect(() => {
    if (load === undefined || part !== undefined) return;
    load().then((it) => setPart({ it }), () => setPart({ it: "failed" }));
  }, [load]);
  return part?.it;
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
