/// <reference lib="dom" />
import type { Room } from "../../state/room.ts";
import type { App, FileTaker } from "../context.ts";

/** Whether files can be put into the tray of a room now. */
export function takesFiles({ chat }: Pick<App, "chat">, room: Room): boolean {
  return chat.limits.value?.file !== 0 && room.editing.value === undefined &&
    !chat.visiting.value;
}

/** Puts files into the tray of the room that is shown, and says so. Returns whether all were taken. */
export function addFiles(app: FileTaker, files: readonly File[]): boolean {
  const { chat, settings, spoken, toast, focusComposer } = app;
  const strings = settings.strings.peek();
  const room = chat.active.peek();
  if (files.length === 0 || !takesFiles(app, room)) return false;
  const before = chat.files.inTray(room.name).length;
  const left = chat.files.add(room.name, files);
  if (left > 0) toast.value = { text: strings.tooManyFiles(before + files.length - left, left) };
  spoken.value = strings.filesAdded(files.length - left);
  focusComposer();
  return left === 0 && !chat.files.inTray(room.name).slice(before).some(({ failed }) => failed);
}
