import { ShieldUser } from "lucide-preact";
import type { JSX } from "preact";
import { useStrings } from "./context.ts";

/** Marks an admin. */
export function AdminMark(): JSX.Element {
  const strings = useStrings();
  return (
    <span class="admin-mark" role="img" aria-label={strings.admin} title={strings.admin}>
      <ShieldUser aria-hidden="true" />
    </span>
  );
}
