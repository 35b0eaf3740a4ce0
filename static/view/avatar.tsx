import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { User } from "../../protocol/mod.ts";
import { isGuest } from "../state/guests.ts";
import { initials } from "../state/initials.ts";
import { useApp } from "./context.ts";

/** The number of colours for people, see `styles/avatar.css`. */
export const HUES = 16;

/** A person's sign: their picture, or one or two letters on a colour that stays theirs. */
export function Avatar({ user: { id, name } }: { user: User }): JSX.Element {
  const { base, chat } = useApp();
  const [broken, setBroken] = useState<string | undefined>();
  // Guests have none.
  const picture = name === "" || isGuest(name) ? undefined : chat.info.pictures.of(id);
  if (picture !== undefined && picture !== broken) {
    return (
      <img
        class="avatar"
        src={pictureUrl(base, picture)}
        alt=""
        // Show the initials if the picture can't be loaded.
        onError={() => setBroken(picture)}
      />
    );
  }
  let hash = 0;
  for (let i = 0; i < id.length; i++) hash = (hash * 31 + id.charCodeAt(i)) >>> 0;
  // The low bits of such a hash hardly differ between ids that end alike: all take part in the colour.
  const mixed = Math.imul(hash ^ hash >>> 16, 0x45d9f3b);
  const hue = ((mixed ^ mixed >>> 16) >>> 0) % HUES;
  return <span class={`avatar hue-${hue}`} data-letters={initials(name)} aria-hidden="true"></span>;
}

/** The address of a picture, or of the chat's icon. */
export function pictureUrl(base: string, picture: string): string {
  return new URL(`pictures/${picture}`, base).href;
}
