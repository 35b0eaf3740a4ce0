/** An action that keys start anywhere on the page. */
export type Shortcut =
  | "rooms"
  | "search"
  | "help"
  | "composer"
  | "previous"
  | "next"
  | "previousUnread"
  | "nextUnread"
  | "close";

/** The part of a `KeyboardEvent` that decides. */
export interface KeyStroke {
  readonly key: string;
  readonly code: string;
  readonly altKey: boolean;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly shiftKey: boolean;
}

/** The circumstances of a stroke. */
export interface KeyContext {
  /** Whether commands begin with ⌘, and Control and Option edit text. */
  readonly isMac: boolean;
  /** Whether a text is being edited, and whether there is something in it. */
  readonly editing: "no" | "empty" | "text";
}

/** Keys of the browser beside the command key: they zoom. */
const ZOOM = /^[-_+=0]$/;

/**
 * The shortcut that a stroke means on any keyboard layout.
 *
 * A Latin letter counts wherever its key is. On layouts without Latin letters the key counts that has the
 * letter on a Latin one. Keys of the system and the browser are left to them.
 */
export function shortcutOf(
  stroke: KeyStroke,
  { isMac, editing }: KeyContext,
): Shortcut | undefined {
  const { key, code, altKey, ctrlKey, metaKey, shiftKey } = stroke;
  const isCommand = isMac ? metaKey && !ctrlKey : ctrlKey && !metaKey;
  const isPlain = !ctrlKey && !metaKey && !altKey;
  if (isCommand && !altKey) {
    if (!shiftKey && letterOf(key, code) === "k") return "rooms";
    if (!shiftKey && letterOf(key, code) === "f") return "search";
    if (!shiftKey && letterOf(key, code) === "j") return "composer";
    // Many layouts have `/` on another key, behind Shift.
    const isSlash = key === "/" || (code === "Slash" && !shiftKey && !ZOOM.test(key));
    return isSlash ? "help" : undefined;
  }
  if (altKey && !ctrlKey && !metaKey && (key === "ArrowUp" || key === "ArrowDown")) {
    // With Option these move through the paragraphs of a text.
    if (isMac && editing === "text") return undefined;
    if (key === "ArrowUp") return shiftKey ? "previousUnread" : "previous";
    return shiftKey ? "nextUnread" : "next";
  }
  if (isPlain && key === "Escape") return "close";
  if (isPlain && editing === "no" && key === "?") return "help";
  return undefined;
}

function letterOf(key: string, code: string): string {
  if (/^[a-z]$/i.test(key)) return key.toLowerCase();
  return /^Key([A-Z])$/.exec(code)?.[1]?.toLowerCase() ?? "";
}
