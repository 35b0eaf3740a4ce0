import type { FilesPart } from "../context.ts";

let loading: Promise<FilesPart> | undefined;

/** Loads the part of the page that keeps and uploads files: with the first one, or when there is nothing else to do. */
export function loadFilesPart(): Promise<FilesPart> {
  return loading ??= import("./files_part.ts").catch((error) => {
    loading = undefined;
    throw error;
  });
}
