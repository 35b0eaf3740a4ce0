import { FILE_STRINGS, type FileStrings } from "../../file_strings.ts";
import { useApp } from "../context.ts";

/** The words about files, in the language in effect. */
export function useFileWords(): FileStrings {
  return FILE_STRINGS[useApp().settings.spoken.value];
}
