/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import type { FileTaker } from "../context.ts";
import { tellLoadFailed } from "../lazy.tsx";

/**
 * Takes what is pasted and dropped anywhere. Most of it is in the part that is loaded later; only what can't wait for
 * that is here.
 */
export function takeFiles(app: FileTaker): void {
  /** Whether something of the page itself is dragged, such as a picture. */
  let isOwn = false;
  addEventListener("dragstart", () => isOwn = true);
  addEventListener("dragend", () => isOwn = false);
  /** Whether something is in the place of the chat, which may be the former person's. */
  const isCovered = (): boolean => (app.locked.peek() ?? app.link.peek()) !== undefined;
  for (const type of ["dragover", "drop"] as const) {
    addEventListener(type, (event) => {
      if (isOwn || !event.dataTransfer?.types.includes("Files")) return;
      // Without this the browser opens the file in the place of the page.
      event.preventDefault();
      if (isCovered()) {
        event.dataTransfer.dropEffect = "none";
        return;
      }
      const part = app.filesPart.peek();
      if (part) return part[type](app, event.dataTransfer);
      // They are gone when this event is.
      const files = type === "drop" ? [...event.dataTransfer.files] : [];
      void app.loadFiles().then((loaded) => loaded.paste(app, files), () => tellLoadFailed(app));
    });
  }
  // Out of the window.
  addEventListener(
    "dragleave",
    ({ relatedTarget }) => relatedTarget ?? app.filesPart.peek()?.dragEnd(),
  );
  document.addEventListener("paste", (event) => {
    const { clipboardData, target } = event;
    const isField = target instanceof Element && target.matches("input, textarea, select");
    if (!clipboardData || clipboardData.files.length === 0 || isCovered()) return;
    if (isField && target.id !== "composer") return;
    // Office programs put a picture of the text beside it.
    const { types } = clipboardData;
    if (types.includes("text/html") && clipboardData.getData("text/plain") !== "") return;
    event.preventDefault();
    const files = [...clipboardData.files];
    void app.loadFiles().then((part) => part.paste(app, files), () => tellLoadFailed(app));
  });
}
