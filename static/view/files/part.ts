import type { FilesPart } from "../context.ts";
import { loadLaterStyle } from "../later_style.ts";

let loading: Promise<FilesPart> | undefined;

/** Loads the part of the page that keeps and uploads files: with the first one, or when there is nothing else to do. */
export function loadFilesPart(): Promise<FilesPart> {
  return loading ??= Promise.all([import("./files_part.ts"), loadLaterStyle()]).then(([part]) =>
    part
  ).catch((error) => {
    loading = undefined;
    throw error;
  });
}
