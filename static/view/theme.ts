/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import { effect } from "@preact/signals";
import type { Settings } from "../state/settings.ts";

/** Gives the page, and what the browser draws around it, the colours that were chosen. */
export function followTheme({ theme }: Settings): void {
  const metas = [...document.querySelectorAll<HTMLMetaElement>('meta[name="theme-color"]')];
  const colors = new Map(
    metas.map(({ media, content }) => [media.includes("dark") ? "dark" : "light", content]),
  );
  const own = metas.map(({ content }) => content);
  effect(() => {
    const chosen = theme.value;
    document.documentElement.dataset.theme = chosen;
    // Each is for one of the system's two looks, so a choice must be in both.
    metas.forEach((meta, index) => meta.content = colors.get(chosen) ?? own[index] ?? "");
  });
}
