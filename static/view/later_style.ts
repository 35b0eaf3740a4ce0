/// <reference lib="dom" />
let loading: Promise<void> | undefined;

/** Loads the style sheet of the parts that come after the first view. Without it they are plain, but there. */
export function loadLaterStyle(): Promise<void> {
  return loading ??= new Promise((resolve) => {
    const link = document.createElement("link");
    link.rel = "stylesheet";
    // It keeps its name, since nothing in the document names it; the server lets browsers ask for it anew.
    link.href = "styles/later.css";
    link.onload = () => resolve();
    link.onerror = () => {
      link.remove();
      loading = undefined;
      resolve();
    };
    document.head.append(link);
  });
}
