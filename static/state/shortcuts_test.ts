import { assertEquals } from "../../testing/assert.ts";
import { type KeyContext, type KeyStroke, type Shortcut, shortcutOf } from "./shortcuts.ts";

/** A stroke such as `Ctrl+Shift+/ Digit7`: modifiers, key and, if it differs, the physical key. */
function stroke(text: string): KeyStroke {
  const [keys = "", code = ""] = text.split(" ");
  const parts = keys.split("+");
  return {
    key: parts.at(-1) ?? "",
    code,
    altKey: parts.includes("Alt"),
    ctrlKey: parts.includes("Ctrl"),
    metaKey: parts.includes("Meta"),
    shiftKey: parts.includes("Shift"),
  };
}

const PC: KeyContext = { isMac: false, editing: "empty" };
const MAC: KeyContext = { isMac: true, editing: "empty" };

Deno.test("shortcutOf knows its keys on every layout, and leaves the system's alone", () => {
  const cases: [string, KeyContext, Shortcut | undefined][] = [
    ["Ctrl+k KeyK", PC, "rooms"],
    ["Ctrl+K KeyK", PC, "rooms"], // Caps Lock
    ["Ctrl+л KeyK", PC, "rooms"], // Russian
    ["Ctrl+κ KeyK", PC, "rooms"], // Greek
    ["Ctrl+ك KeyK", PC, "rooms"],
    ["Ctrl+ㅏ KeyK", PC, "rooms"],
    ["Ctrl+k KeyN", PC, "rooms"], // Colemak
    ["Ctrl+e KeyK", PC, undefined],
    ["Ctrl+t KeyK", PC, undefined], // Dvorak: a new tab
    ["Ctrl+о KeyJ", PC, "composer"],
    ["Ctrl+f KeyF", PC, "search"],
    ["Ctrl+а KeyF", PC, "search"],
    ["Ctrl+Shift+F KeyF", PC, undefined],
    ["Meta+f KeyF", MAC, "search"],
    ["Ctrl+f KeyF", MAC, undefined], // moves the caret
    ["Ctrl+j KeyJ", PC, "composer"],
    ["Ctrl+Shift+K KeyK", PC, undefined],
    ["Ctrl+Alt+k KeyK", PC, undefined], // AltGr
    ["Meta+k KeyK", PC, undefined],
    ["Meta+k KeyK", MAC, "rooms"],
    ["Ctrl+k KeyK", MAC, undefined], // deletes to the end of the line
    ["Ctrl+j KeyJ", MAC, undefined],
    ["Ctrl+Meta+k KeyK", MAC, undefined],
    ["Ctrl+/ Slash", PC, "help"],
    ["Ctrl+Shift+/ Digit7", PC, "help"], // German, Nordic
    ["Ctrl+Shift+/ Period", PC, "help"], // French
    ["Ctrl+Shift+/ Backslash", PC, "help"], // Russian
    ["Ctrl+/ NumpadDivide", PC, "help"],
    ["Ctrl+. Slash", PC, "help"], // Russian
    ["Ctrl+! Slash", PC, "help"], // French
    ["Ctrl+- Slash", PC, undefined], // German, Nordic: zooms
    ["Ctrl+Shift+? Slash", PC, undefined],
    ["Meta+/ Slash", MAC, "help"],
    ["Shift+? Slash", { isMac: false, editing: "no" }, "help"],
    ["Shift+? Minus", { isMac: false, editing: "no" }, "help"],
    ["Shift+? Slash", PC, undefined],
    ["Shift+? Slash", { isMac: false, editing: "text" }, undefined],
    ["Alt+ArrowUp ArrowUp", PC, "previous"],
    ["Alt+ArrowDown ArrowDown", PC, "next"],
    ["Alt+Shift+ArrowDown ArrowDown", PC, "nextUnread"],
    ["Alt+ArrowUp ArrowUp", { isMac: false, editing: "text" }, "previous"],
    ["Alt+ArrowUp ArrowUp", MAC, "previous"],
    ["Alt+ArrowUp ArrowUp", { isMac: true, editing: "text" }, undefined],
    ["Ctrl+Alt+ArrowUp ArrowUp", PC, undefined],
    ["Escape Escape", PC, "close"],
    ["Alt+Escape Escape", PC, undefined],
    ["Meta+Escape Escape", MAC, undefined],
    ["k KeyK", PC, undefined],
    ["/ Slash", { isMac: false, editing: "no" }, undefined],
    [" ", PC, undefined],
  ];
  const wrong = cases.map(([text, context, wanted]) => ({
    text,
    context,
    wanted,
    found: shortcutOf(stroke(text), context),
  })).filter(({ wanted, found }) => wanted !== found);
  assertEquals(wrong, []);
});
