import { GUEST_PREFIX } from "../../protocol/names.ts";

/** Whether a name is none that its person took: nobody can take the server's names for guests. */
export function isGuest(name: string): boolean {
  return name === "" || name.startsWith(GUEST_PREFIX);
}
