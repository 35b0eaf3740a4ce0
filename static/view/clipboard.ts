/// <reference lib="dom" />

/** Puts a text on the clipboard; returns whether that is allowed. To be called on a click. */
export async function copyText(text: string): Promise<boolean> {
  try {
    // Missing on pages without https, as those of a machine in the same house are.
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyFromField(text);
  }
}

/** Copies as a person would: from a field that is selected. */
function copyFromField(text: string): boolean {
  const { activeElement: before } = document;
  const field = document.createElement("textarea");
  field.className = "unseen";
  field.ariaHidden = "true";
  field.value = text;
  document.body.append(field);
  field.select();
  const isCopied = document.execCommand("copy");
  field.remove();
  if (before instanceof HTMLElement) before.focus();
  return isCopied;
}
