import type { JSX } from "preact";
import type { User } from "../../protocol/mod.ts";
import { initials } from "../state/initials.ts";

/** The number of colours for people, see `styles/avatar.css`. */
export const HUES = 16;

/** A person's sign: one or two letters on a colour that stays theirs. */
export function Avatar({ user: { id, name } }: { user: User }): JSX.Element {
  let hash = 0;
  for (let i = 0; i < id.length; i++) hash = (hash * 31 + id.charCodeAt(i)) >>> 0;
  // The low bits of such a hash hardly differ between ids that end alike: all take part in the colour.
  const mixed = Math.imul(hash ^ hash >>> 16, 0x45d9f3b);
  const hue = ((mixed ^ mixed >>> 16) >>> 0) % HUES;
  return <span class={`avatar hue-${hue}`} data-letters={initials(name)} aria-hidden="true"></span>;
}
