import type { Message } from "../../protocol/mod.ts";
import type { Strings } from "../strings_en.ts";
import { kindOf } from "./files/file_kind.ts";
import { excerpt } from "./quote.ts";

/** Describes the files of a message: "Picture", or the name of a file; empty without any. */
export function filesWords({ files = [] }: Pick<Message, "files">, strings: Strings): string {
  const [first] = files;
  if (first === undefined) return "";
  const kinds = files.map((file) => kindOf(file, true));
  if (kinds.every((kind) => kind === "picture")) return strings.pictures(files.length);
  return files.length === 1 ? strings.fileNamed(first.name) : strings.filesCount(files.length);
}

/** The beginning of a message in one line: what its files are, and its text. */
export function messageWords(message: Pick<Message, "text" | "files">, strings: Strings): string {
  return [filesWords(message, strings), excerpt(message.text, strings.hiddenSpoiler)]
    .filter(Boolean).join(" · ");
}
