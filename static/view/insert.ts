/// <reference lib="dom" />
/** Writes a text into a box at its caret, with spaces around it where there are words, as if it was typed. */
export function insertAtCaret(box: Element | null, text: string): void {
  if (!(box instanceof HTMLTextAreaElement) || box.disabled) return;
  box.focus();
  const before = box.value.slice(0, box.selectionStart);
  const spaced = `${before === "" || /\s$/.test(before) ? "" : " "}${text} `;
  if (document.execCommand("insertText", false, spaced)) return;
  box.setRangeText(spaced, box.selectionStart, box.selectionEnd, "end");
  box.dispatchEvent(new Event("input", { bubbles: true }));
}
