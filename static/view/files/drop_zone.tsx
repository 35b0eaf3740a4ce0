/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import { signal } from "@preact/signals";
import { Upload } from "lucide-preact";
import type { JSX } from "preact";
import { type FileTaker, useApp } from "../context.ts";
import { usePlace } from "../room_label.tsx";
import { addFiles, takesFiles } from "./adding.ts";
import { FILE_STRINGS } from "../../file_strings.ts";
import { useFileWords } from "./words.ts";

/** Whether files are dragged over the window. */
const isOver = signal(false);

/** Whether files are taken now: not below a dialog. */
function isTaking(app: FileTaker): boolean {
  return document.querySelector("dialog[open]") === null && takesFiles(app, app.chat.active.peek());
}

/** Says where the files go that are dragged over the window. */
export function dragOver(app: FileTaker, data: DataTransfer): void {
  isOver.value = isTaking(app);
  data.dropEffect = isOver.value ? "copy" : "none";
}

/** The files have left the window. */
export function dragEnd(): void {
  isOver.value = false;
}

/** Takes what was dropped. */
export function drop(app: FileTaker, data: DataTransfer): void {
  isOver.value = false;
  if (!isTaking(app)) return;
  const files = [...data.files];
  const items = [...data.items].filter(({ kind }) => kind === "file");
  const taken = files.filter((_, index) => items[index]?.webkitGetAsEntry()?.isDirectory !== true);
  addFiles(app, taken);
  if (taken.length < files.length) {
    app.toast.value = { text: FILE_STRINGS[app.settings.spoken.peek()].noFolders };
  }
}

/** Takes what was pasted. */
export function paste(app: FileTaker, files: readonly File[]): void {
  if (isTaking(app)) addFiles(app, files.map(renamed));
}

/** Names a screenshot after its time: browsers call all of them the same. */
function renamed(file: File): File {
  if (file.name !== "image.png") return file;
  const now = new Date(file.lastModified);
  const local = new Date(now.getTime() - now.getTimezoneOffset() * 60_000).toISOString();
  const name = `screenshot-${local.slice(0, 19).replaceAll(":", "-").replace("T", "-")}.png`;
  return new File([file], name, { type: file.type, lastModified: file.lastModified });
}

/** Lies over the window while files are dragged there. */
export function DropZone(): JSX.Element | null {
  const { chat } = useApp();
  const words = useFileWords();
  const place = usePlace(chat.active.value);
  if (!isOver.value) return null;
  return (
    <div class="drop-zone" role="status">
      <p>
        <Upload aria-hidden="true" />
        <span>{words.dropHere(place)}</span>
      </p>
    </div>
  );
}
