import { SendHorizontal } from "lucide-preact";
import type { JSX } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { utf8Bytes } from "../../protocol/utf8.ts";
import { complete, type Completion } from "../state/completion.ts";
import type { Room } from "../state/room.ts";
import { useApp, useStrings } from "./context.ts";
import { useNames } from "./names.ts";

/** What a key has for a code while an input method uses it; Safari says so in no other way. */
const IN_COMPOSITION = 229;

function isComposing(event: KeyboardEvent): boolean {
  return event.isComposing || event.keyCode === IN_COMPOSITION;
}

/** The message box, with completion of names and emoji. */
export function Composer({ room }: { room: Room }): JSX.Element {
  const app = useApp();
  const { chat, store } = app;
  const strings = useStrings();
  const names = useNames(room);
  const box = useRef<HTMLTextAreaElement>(null);
  const draft = `draft.${room.name}`;
  const [text, setText] = useState(store.get(draft) ?? "");
  const [completion, setCompletion] = useState<Completion | undefined>();
  const [chosen, setChosen] = useState(0);
  const limit = chat.limits.value?.message ?? Infinity;
  const over = Math.max(0, utf8Bytes(text) - limit);
  const isEmpty = text.trim() === "";

  function change(value: string): void {
    setText(value);
    if (value === "") store.remove(draft);
    else store.set(draft, value);
  }

  function onInput(): void {
    const { current: element } = box;
    if (!element) return;
    change(element.value);
    suggest(element);
    if (element.value.trim() !== "") chat.typing();
  }

  function suggest({ value, selectionStart, selectionEnd }: HTMLTextAreaElement): void {
    setCompletion(
      selectionStart === selectionEnd ? complete(value, selectionStart, names) : undefined,
    );
    setChosen(0);
  }

  function accept(index: number): void {
    const { current: element } = box;
    const suggestion = completion?.suggestions[index];
    if (!element || !completion || !suggestion) return;
    element.setRangeText(suggestion.insert, completion.start, element.selectionStart, "end");
    change(element.value);
    setCompletion(undefined);
    element.focus();
  }

  function send(): void {
    if (isEmpty || over > 0) return;
    change("");
    setCompletion(undefined);
    // Blank lines around a text are slips of the hand; spaces before it may be code.
    chat.send(text.trimEnd().replace(/^\s*\n/, ""));
    app.toNewest.value++;
    box.current?.focus();
  }

  function onKeyDown(event: KeyboardEvent): void {
    // The input method is still choosing characters: its keys are not ours.
    if (isComposing(event)) return;
    if (completion && completionKey(event)) {
      event.preventDefault();
      event.stopPropagation();
    } else if (event.key === "Enter" && !event.shiftKey && !event.altKey) {
      event.preventDefault();
      send();
    }
  }

  function completionKey({ key }: KeyboardEvent): boolean {
    const count = completion?.suggestions.length ?? 0;
    if (key === "ArrowDown") setChosen((chosen + 1) % count);
    else if (key === "ArrowUp") setChosen((chosen + count - 1) % count);
    else if (key === "Enter" || key === "Tab") accept(chosen);
    else if (key === "Escape") setCompletion(undefined);
    else return false;
    return true;
  }

  useLayoutEffect(() => {
    const { current: element } = box;
    if (!element) return;
    // As high as its lines; the style sheet sets the bounds.
    element.style.height = "auto";
    element.style.height = `${element.scrollHeight + 2}px`;
  }, [text]);

  useLayoutEffect(() => {
    if (app.toComposer.value > 0) box.current?.focus();
  }, [app.toComposer.value]);

  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      {completion && (
        <ul class="suggestions" role="listbox" id="suggestions" aria-label={strings.suggestions}>
          {completion.suggestions.map(({ label, emoji }, index) => (
            <li
              key={label}
              id={`suggestion-${index}`}
              role="option"
              aria-selected={index === chosen}
              onMouseDown={(event) => {
                event.preventDefault();
                accept(index);
              }}
            >
              {emoji && <span aria-hidden="true">{emoji}</span>}
              <bdi>{label}</bdi>
            </li>
          ))}
        </ul>
      )}
      <textarea
        ref={box}
        id="composer"
        rows={1}
        dir="auto"
        aria-label={strings.message}
        placeholder={strings.messageTo(room.name)}
        aria-autocomplete="list"
        aria-controls={completion ? "suggestions" : undefined}
        aria-activedescendant={completion ? `suggestion-${chosen}` : undefined}
        aria-invalid={over > 0}
        aria-describedby={over > 0 ? "too-long" : undefined}
        autocomplete="off"
        enterkeyhint="send"
        value={text}
        onInput={onInput}
        onKeyDown={onKeyDown}
        onBlur={() => setCompletion(undefined)}
      />
      <button
        type="submit"
        class="send"
        aria-label={strings.send}
        aria-disabled={isEmpty || over > 0}
      >
        <SendHorizontal aria-hidden="true" />
      </button>
      {over > 0 && <p class="too-long" id="too-long" role="alert">{strings.tooLong(over)}</p>}
    </form>
  );
}
