import { Check, Hourglass, MicOff, SendHorizontal } from "lucide-preact";
import { useSignalEffect } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useReducer, useRef, useState } from "preact/hooks";
import { isBlank } from "../../protocol/blank.ts";
import { emojiTable, loadEmoji } from "../emoji.ts";
import { charactersOver } from "../state/characters.ts";
import { complete, type Completion, mentionAt } from "../state/completion.ts";
import { targetOf } from "../state/message_actions.ts";
import { LASTING } from "../state/own_access.ts";
import type { Room } from "../state/room.ts";
import { whyNotWrite } from "../state/room_rights.ts";
import { Composing } from "./composing.tsx";
import { isComposing } from "./composition.ts";
import { useApp, useStrings } from "./context.ts";
import { addFiles, takesFiles } from "./files/adding.ts";
import { AttachButton, TrayPlace } from "./files/attach.tsx";
import { hasKeyboard } from "./focus.ts";
import { lastEditable } from "./last_editable.ts";
import { beginEdit } from "./message_actions.tsx";
import { Avatar } from "./avatar.tsx";
import { mentionSearch, usePeople } from "./names.ts";
import { usePlace } from "./room_label.tsx";
import { untilWords } from "./times.ts";

/** Whether Enter sends: on a phone it begins a new line, since there is no Shift to hold. */
function sends({ shiftKey, altKey, ctrlKey, metaKey }: KeyboardEvent): boolean {
  if (ctrlKey || metaKey) return true;
  return hasKeyboard() && !shiftKey && !altKey;
}

/** A reason why this person may not write. */
interface Silence {
  /** Empty if the page says it elsewhere. */
  readonly words: string;
  /** Whether one may continue typing meanwhile. */
  readonly mayType?: boolean;
  /** Whether it goes away with a name. */
  readonly needsName?: boolean;
}

/** The reason why this person may not write in a room; `undefined` while they may. */
function useSilence(room: Room, isEditing: boolean): Silence | undefined {
  const { chat, settings } = useApp();
  const strings = useStrings();
  const until = chat.access.mutedUntil.value;
  const [, tick] = useReducer((n: number, _: void) => n + 1, 0);
  const now = chat.serverTime(Date.now());
  const isWaiting = room.slowUntil.value > now;
  useEffect(() => {
    if (!isWaiting) return;
    const timer = setInterval(tick, 1_000);
    return () => clearInterval(timer);
  }, [isWaiting]);
  if (chat.connection.state.value.kind === "banned") return { words: "" };
  if (chat.info.needsName.value) return { words: strings.namesOnly, needsName: true };
  if (until !== undefined) {
    return {
      words: until === LASTING
        ? strings.mutedForNow
        : strings.mutedUntil(untilWords(until, settings.locale.value, strings)),
    };
  }
  const problem = whyNotWrite(room, { access: chat.access.current.value, now });
  // Slow mode counts messages alone.
  if (problem === undefined || (isEditing && problem.kind === "slow")) return undefined;
  if (problem.kind !== "slow") {
    return { words: strings.cantWrite[problem.kind], needsName: problem.kind === "guests" };
  }
  const rest = Math.ceil((problem.until - now) / 1_000);
  const time = rest <= 90
    ? strings.inSeconds(rest)
    : untilWords(problem.until, settings.locale.value, strings);
  return { words: strings.slowUntil(time), mayType: true };
}

/** The message box; while a message is being changed, it is one of its own, and the draft waits. */
export function Composer({ room }: { room: Room }): JSX.Element {
  const { chat } = useApp();
  // Restore an edit or reply that was begun before a reload.
  useState(() => {
    if ((room.editing.peek() ?? room.replyTo.peek()) === undefined) {
      const { replyTo, editing } = chat.drafts.about(room.name);
      [room.replyTo.value, room.editing.value] = [replyTo, editing];
    }
  });
  useSignalEffect(() => {
    const [replyTo, editing] = [room.replyTo.value, room.editing.value];
    chat.drafts.setAbout(room.name, { replyTo, editing });
  });
  return <Box key={room.editing.value?.message.id ?? ""} room={room} />;
}

/** The message box, with completion of names and emoji. */
function Box({ room }: { room: Room }): JSX.Element {
  const app = useApp();
  const { chat } = app;
  const strings = useStrings();
  const people = usePeople(room);
  const place = usePlace(room);
  const box = useRef<HTMLTextAreaElement>(null);
  const isEditing = room.editing.value !== undefined;
  const [text, setText] = useState(() => room.editing.peek()?.text ?? chat.drafts.get(room.name));
  const [completion, setCompletion] = useState<Completion | undefined>();
  /** The suggestion that the reader moved to; -1 before that: then Enter sends. */
  const [chosen, setChosen] = useState(-1);
  /** Whether suggestions are wanted: from the first key until they are closed. */
  const isSuggesting = useRef(false);
  const search = mentionSearch(app, room);
  const limit = chat.limits.value?.message ?? Infinity;
  const over = charactersOver(text, limit);
  const tray = isEditing ? [] : chat.files.inTray(room.name);
  const isStuck = tray.some(({ failed }) => failed !== undefined);
  const hasFiles = isEditing ? room.editing.value?.message.files !== undefined : tray.length > 0;
  const isEmpty = isBlank(text) && !hasFiles;
  const silence = useSilence(room, isEditing);
  const silenced = silence?.words;
  const isClosed = silence !== undefined && !silence.mayType;

  function change(value: string): void {
    setText(value);
    const editing = room.editing.peek();
    if (editing) room.editing.value = { ...editing, text: value };
    else chat.drafts.set(room.name, value);
  }

  function onInput(): void {
    const { current: element } = box;
    if (!element) return;
    change(element.value);
    isSuggesting.current = true;
    suggest(element);
    if (!isBlank(element.value) && !isEditing) chat.typing();
  }

  function suggest({ value, selectionStart, selectionEnd }: HTMLTextAreaElement): void {
    const mention = mentionAt(value, selectionStart);
    if (mention !== undefined) search.search(mention);
    if (/[:：]/.test(value) && emojiTable.peek().size === 0) {
      void loadEmoji().then(() => {
        const { current: element } = box;
        if (element && element === document.activeElement && emojiTable.peek().size > 0) {
          suggest(element);
        }
      });
    }
    setCompletion(
      selectionStart === selectionEnd
        ? complete(value, selectionStart, { people, everyone: search.everyone.peek() })
        : undefined,
    );
    setChosen(-1);
  }

  const everyone = search.everyone.value;
  useEffect(() => {
    const { current: element } = box;
    // A list that the person has closed, or moved in, stays as it is.
    if (!element || element !== document.activeElement || !isSuggesting.current) return;
    if (chosen === -1 && mentionAt(element.value, element.selectionStart) !== undefined) {
      suggest(element);
    }
  }, [people, everyone]);

  function endSuggestions(): void {
    isSuggesting.current = false;
    setCompletion(undefined);
  }

  function accept(index: number): void {
    const { current: element } = box;
    const suggestion = completion?.suggestions[index];
    if (!element || !completion || !suggestion) return;
    element.focus();
    const caret = element.selectionStart;
    element.setSelectionRange(completion.start, caret);
    // As if typed, so that it can be undone; a browser that can't do that has no undo here.
    if (!document.execCommand("insertText", false, suggestion.insert)) {
      element.setRangeText(suggestion.insert, completion.start, caret, "end");
      change(element.value);
    }
    endSuggestions();
  }

  function send(): void {
    if (isEmpty || isStuck || over > 0 || silenced !== undefined) return;
    // Blank lines around a text are slips of the hand; spaces before it may be code.
    const written = text.trimEnd().replace(/^\s*\n/, "");
    const editing = room.editing.peek();
    if (editing) {
      if (written !== editing.message.text) chat.actions.edit(targetOf(editing.message), written);
      return endEdit();
    }
    change("");
    endSuggestions();
    chat.send(written, room.replyTo.peek()?.seq);
    room.replyTo.value = undefined;
    app.viewport.current?.toEnd();
    box.current?.focus();
  }

  /** Puts a text that is too long for a message into a file. */
  function sendAsFile(): void {
    const file = new File([text], strings.textFileName, { type: "text/plain" });
    if (addFiles(app, [file])) change("");
  }

  /** Goes back to the draft. */
  function endEdit(): void {
    room.editing.value = undefined;
    queueMicrotask(app.focusComposer);
  }

  function cancel(): void {
    if (isEditing) return endEdit();
    room.replyTo.value = undefined;
    box.current?.focus();
  }

  /** Changes the last message of this person. */
  function editLast(): boolean {
    const message = text === "" && !isEditing ? lastEditable(app, room) : undefined;
    if (message) beginEdit(app, room, message);
    return message !== undefined;
  }

  function onKeyDown(event: KeyboardEvent): void {
    if (isComposing(event)) return;
    const { altKey, ctrlKey, metaKey, shiftKey } = event;
    const isPlain = !altKey && !ctrlKey && !metaKey && !shiftKey;
    if (completion && completionKey(event)) {
      event.preventDefault();
      event.stopPropagation();
    } else if (event.key === "Enter" && sends(event)) {
      event.preventDefault();
      send();
    } else if (isPlain && event.key === "ArrowUp" && editLast()) event.preventDefault();
    else if (event.key === "Escape" && (isEditing || room.replyTo.peek())) {
      event.preventDefault();
      event.stopPropagation();
      cancel();
    }
  }

  function completionKey({ key, shiftKey }: KeyboardEvent): boolean {
    const count = completion?.suggestions.length ?? 0;
    if (key === "ArrowDown") setChosen((chosen + 1) % count);
    else if (key === "ArrowUp") setChosen((Math.max(0, chosen) + count - 1) % count);
    else if (key === "Tab" && !shiftKey) accept(Math.max(0, chosen));
    else if (key === "Enter" && chosen >= 0) accept(chosen);
    else if (key === "Escape") endSuggestions();
    else return false;
    return true;
  }

  useLayoutEffect(() => {
    const { current: element } = box;
    if (!element) return;
    // As high as its lines; the style sheet sets the bounds.
    element.style.height = "auto";
    element.style.height = `${element.scrollHeight}px`;
  }, [text]);

  useLayoutEffect(() => {
    const { current: element } = box;
    if (room.isSubstitute) {
      // The rest of what was being typed must not go to other people.
      room.isSubstitute = false;
      if (document.activeElement === document.body) document.querySelector("h1")?.focus();
      return;
    }
    // A screen keyboard that nobody asked for would hide half of the page.
    if (hasKeyboard() || isEditing) element?.focus();
    if (isEditing) element?.setSelectionRange(element.value.length, element.value.length);
  }, []);

  return (
    <form
      class={`composer ${isClosed ? "silenced" : ""}`}
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <Composing room={room} onCancel={cancel} />
      {completion && (
        <ul class="suggestions" role="listbox" id="suggestions" aria-label={strings.suggestions}>
          {completion.suggestions.map(({ label, emoji, person, isEveryone }, index) => (
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
              {person && <Avatar user={person} />}
              <bdi>{label}</bdi>
              {isEveryone && <span class="note">{strings.everyone}</span>}
            </li>
          ))}
        </ul>
      )}
      {!isEditing && <TrayPlace room={room} />}
      {!isEditing && takesFiles(app, room) && <AttachButton isDisabled={isClosed} />}
      <textarea
        ref={box}
        id="composer"
        rows={1}
        dir="auto"
        aria-label={strings.message}
        placeholder={strings.messageTo(place)}
        aria-autocomplete="list"
        aria-controls={completion ? "suggestions" : undefined}
        aria-activedescendant={completion && chosen >= 0 ? `suggestion-${chosen}` : undefined}
        disabled={isClosed}
        aria-invalid={over > 0}
        aria-describedby={silenced
          ? "silenced"
          : over > 0
          ? "too-long"
          : isEditing || room.replyTo.value
          ? "composing"
          : undefined}
        autocomplete="off"
        enterkeyhint={hasKeyboard() ? "send" : "enter"}
        value={text}
        onInput={onInput}
        onKeyDown={onKeyDown}
        onBlur={endSuggestions}
      />
      <button
        type="submit"
        class="send"
        aria-label={isEditing ? strings.saveEdit : strings.send}
        aria-disabled={isEmpty || isStuck || over > 0 || silenced !== undefined}
      >
        {isEditing ? <Check aria-hidden="true" /> : <SendHorizontal aria-hidden="true" />}
      </button>
      {silenced && (
        <p class="silence" id="silenced" role="status">
          {isClosed ? <MicOff aria-hidden="true" /> : <Hourglass aria-hidden="true" />}
          <span>{silenced}</span>
          {silence?.needsName && (
            <button
              type="button"
              class="link"
              onClick={() => app.dialog.value = "settings"}
            >
              {strings.chooseName}
            </button>
          )}
        </p>
      )}
      {over > 0 && (
        <div class="too-long">
          <p id="too-long" role="alert">{strings.tooLong(over)}</p>
          {!isEditing && takesFiles(app, room) && (
            <button type="button" class="link" onClick={sendAsFile}>{strings.sendAsFile}</button>
          )}
        </div>
      )}
    </form>
  );
}
