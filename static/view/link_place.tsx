import type { JSX } from "preact";
import type { PageLink } from "../state/links.ts";
import { loadLaterStyle } from "./later_style.ts";
import { LoadFailed, useLoaded } from "./lazy.tsx";

/** Loads the pages of links, which few people need, and those once. */
const loadLinks = async () => {
  const [part] = await Promise.all([import("./links/link_page.tsx"), loadLaterStyle()]);
  return part;
};

/** The page of a link that its address has a token of, as soon as it is loaded. */
export function LinkPlace({ link }: { link: PageLink }): JSX.Element {
  const part = useLoaded(loadLinks);
  if (part === "failed") return <LoadFailed />;
  if (part === undefined) return <main class="login" aria-busy="true"></main>;
  return <part.LinkPage key={link.token} link={link} />;
}
