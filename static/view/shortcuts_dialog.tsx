import type { JSX } from "preact";
import { HELP_STRINGS } from "../help_strings.ts";
import { useApp, useStrings } from "./context.ts";
import { Dialog } from "./dialog.tsx";
import { COMMAND } from "./shortcuts.ts";

/** Matches devices without a keyboard. */
const TOUCH = matchMedia("(hover: none) and (pointer: coarse)");

/** The keys and the marks that the page knows. */
export function ShortcutsDialog({ onClose }: { onClose: () => void }): JSX.Element {
  const { spoken } = useApp().settings;
  const { shortcutList: list, formatting, formattingList } = HELP_STRINGS[spoken.value];
  const { shortcuts } = useStrings();
  const hasKeys = !TOUCH.matches;
  const rows: [string[], string][] = [
    [["Enter"], list.send],
    [["Shift", "Enter"], list.newline],
    [["Tab"], list.complete],
    [["↑"], list.editLast],
    [[COMMAND, "K"], list.find],
    [[COMMAND, "F"], list.search],
    [["Alt", "↑ ↓"], list.next],
    [["Alt", "Shift", "↑ ↓"], list.unread],
    [[COMMAND, "J"], list.compose],
    [["Page ↑ ↓"], list.scroll],
    [["Enter"], list.actions],
    [[COMMAND, "/"], list.help],
    [["Esc"], list.close],
  ];
  return (
    <Dialog title={hasKeys ? shortcuts : formatting} onClose={onClose}>
      {hasKeys && (
        <dl class="shortcuts">
          {rows.map(([keys, words]) => (
            <div key={words}>
              <dt>{keys.map((key) => <kbd key={key}>{key}</kbd>)}</dt>
              <dd>{words}</dd>
            </div>
          ))}
        </dl>
      )}
      {hasKeys && <h3>{formatting}</h3>}
      <ul class="formatting">
        {Object.values(formattingList).map((words) => <li key={words}>{words}</li>)}
      </ul>
    </Dialog>
  );
}
