import type { JSX } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Message } from "../../../protocol/mod.ts";
import { type EmojiEntry, readEmoji, searchEmoji } from "../../state/emoji_table.ts";
import { isFull } from "../../state/full_message.ts";
import { targetOf } from "../../state/message_actions.ts";
import { noteEmoji, recentEmoji } from "../../state/recent_emoji.ts";
import { chooseTone, chosenTone, TONES, withTone } from "../../state/skin_tone.ts";
import type { Language } from "../../strings.ts";
import { useApp } from "../context.ts";
import { Dialog } from "../dialog.tsx";
import { hasKeyboard } from "../focus.ts";
import { LoadFailed } from "../lazy.tsx";
import { useActing } from "./acting.ts";
import { useMessageWords } from "./words.ts";

type Groups = readonly (readonly EmojiEntry[])[];

/** Loads the emoji in a language, a part of its own. */
async function loadGroups(language: Language): Promise<Groups> {
  const { EMOJI } = language === "zh"
    ? await import("../../emoji_zh.ts")
    : await import("../../emoji_en.ts");
  return readEmoji(EMOJI);
}

/** Chooses an emoji to react to a message with. */
export function EmojiDialog({ onClose }: { onClose: () => void }): JSX.Element | null {
  const { chat } = useApp();
  const words = useMessageWords();
  const about = useActing(onClose);
  if (!about) return null;
  const { message, at } = about;

  function choose(emoji: string): void {
    noteEmoji(chat.store, emoji);
    chat.actions.react(targetOf(message), emoji, true);
    onClose();
  }

  return (
    <Dialog class="emoji-picker" label={words.chooseEmoji} at={at} onClose={onClose}>
      <EmojiPicker message={message} onChoose={choose} />
    </Dialog>
  );
}

function EmojiPicker(
  { message, onChoose }: { message: Message; onChoose: (emoji: string) => void },
): JSX.Element {
  const { chat, settings } = useApp();
  const words = useMessageWords();
  const language = settings.spoken.value;
  const [groups, setGroups] = useState<Groups | "failed" | undefined>();
  const [typed, setTyped] = useState("");
  const [tone, setTone] = useState(() => chosenTone(chat.store));
  const list = useRef<HTMLDivElement>(null);
  const most = chat.limits.value?.reactions ?? Infinity;
  const { reactions = [] } = message;

  useEffect(() => {
    loadGroups(language).then(setGroups, () => setGroups("failed"));
  }, [language]);

  const known = useMemo(
    () =>
      (typeof groups === "object" ? groups : []).map((group) =>
        group.map((entry) => ({ ...entry, emoji: withTone(entry.emoji, tone) }))
      ),
    [groups, tone],
  );
  const found = useMemo(() => typed.trim() === "" ? undefined : searchEmoji(known, typed), [
    known,
    typed,
  ]);
  const names = useMemo(
    () => new Map(known.flat().map(({ emoji, name }) => [emoji, name])),
    [known],
  );
  const named = (emoji: string) => ({ emoji, name: names.get(emoji) ?? emoji });

  const full = isFull(chat, message);
  if (full !== false) {
    return (
      <div class="emoji-list">
        <p class="hint">{full === "all" ? words.tooManyEmoji(most) : words.tooManyOwnEmoji}</p>
        <Grid
          label={words.chooseEmoji}
          entries={reactions.map(({ emoji }) => named(emoji))}
          onChoose={onChoose}
        />
      </div>
    );
  }

  /** Moves from the search to the emoji, and among these. */
  function onKeyDown(event: KeyboardEvent): void {
    const buttons = [...list.current?.querySelectorAll("button") ?? []];
    const at = buttons.findIndex((button) => button === event.target);
    const next = moved(buttons, at, event.key);
    if (!next) return;
    event.preventDefault();
    next.focus();
  }

  return (
    <div onKeyDown={onKeyDown} class="emoji-frame">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          const [first] = found ?? [];
          if (first) onChoose(first.emoji);
        }}
      >
        <input
          type="search"
          aria-label={words.findEmoji}
          placeholder={words.findEmoji}
          autocomplete="off"
          // A screen keyboard that nobody asked for would cover the emoji.
          autofocus={hasKeyboard()}
          value={typed}
          onInput={({ currentTarget }) => setTyped(currentTarget.value)}
        />
      </form>
      <div class="tones" role="group" aria-label={words.skinTone}>
        {TONES.map((each, index) => (
          <button
            key={each}
            type="button"
            class="icon"
            aria-label={words.skinTones[index]}
            title={words.skinTones[index]}
            aria-pressed={each === tone}
            onClick={() => {
              chooseTone(chat.store, each);
              setTone(each);
            }}
          >
            <span aria-hidden="true">{withTone("✋", each)}</span>
          </button>
        ))}
      </div>
      <div class="emoji-list" ref={list}>
        {groups === "failed" && <LoadFailed />}
        {found
          ? (
            <>
              <p class="hint" role="status">{found.length === 0 && groups ? words.noEmoji : ""}</p>
              <Grid label={words.findEmoji} entries={found} onChoose={onChoose} />
            </>
          )
          : (
            <>
              <Group
                title={words.often}
                entries={recentEmoji(chat.store).map(named)}
                autofocus={!hasKeyboard()}
                onChoose={onChoose}
              />
              {known.map((entries, index) => (
                <Group
                  key={index}
                  title={words.groups[index] ?? ""}
                  entries={entries}
                  onChoose={onChoose}
                />
              ))}
              {groups === undefined && <p class="hint" role="status">{words.loading}</p>}
            </>
          )}
      </div>
    </div>
  );
}

interface GridProps {
  readonly entries: readonly Pick<EmojiEntry, "emoji" | "name">[];
  /** Whether the dialog opens with the focus on the first. */
  readonly autofocus?: boolean;
  readonly onChoose: (emoji: string) => void;
}

function Group({ title, ...grid }: GridProps & { title: string }): JSX.Element {
  return (
    <section>
      <h2>{title}</h2>
      <Grid label={title} {...grid} />
    </section>
  );
}

/** The first is a stop for the keyboard, which moves on with the arrows. */
function Grid(
  { label, entries, autofocus = false, onChoose }: GridProps & { label: string },
): JSX.Element {
  return (
    <div class="emoji-grid" role="group" aria-label={label}>
      {entries.map(({ emoji, name }, index) => (
        <button
          key={emoji}
          type="button"
          class="icon"
          aria-label={name}
          title={name}
          tabIndex={index === 0 ? 0 : -1}
          autofocus={autofocus && index === 0}
          onClick={() => onChoose(emoji)}
        >
          <span aria-hidden="true">{emoji}</span>
        </button>
      ))}
    </div>
  );
}

/** The button that a key leads to from the one at an index; -1 is the search above them. */
function moved(
  buttons: readonly HTMLButtonElement[],
  at: number,
  key: string,
): HTMLButtonElement | undefined {
  const from = buttons[at];
  if (!from) return key === "ArrowDown" ? buttons[0] : undefined;
  const { left } = from.getBoundingClientRect();
  if (key === "ArrowLeft") return buttons[at - 1];
  if (key === "ArrowRight") return buttons[at + 1];
  if (key === "ArrowDown") {
    const { bottom } = from.getBoundingClientRect();
    return nearest(buttons.slice(at + 1), left, (top) => top >= bottom - 1);
  }
  if (key !== "ArrowUp") return undefined;
  const { top: own } = from.getBoundingClientRect();
  return nearest(buttons.slice(0, at).toReversed(), left, (top) => top < own - 1);
}

/** The button of the first row that is wanted whose left edge is the nearest. */
function nearest(
  buttons: readonly HTMLButtonElement[],
  left: number,
  isWanted: (top: number) => boolean,
): HTMLButtonElement | undefined {
  const boxes = buttons.map((button) => ({ button, box: button.getBoundingClientRect() }));
  const row = boxes.find(({ box }) => isWanted(box.top))?.box.top;
  const inRow = boxes.filter(({ box }) => box.top === row);
  return inRow.toSorted((a, b) => Math.abs(a.box.left - left) - Math.abs(b.box.left - left))[0]
    ?.button;
}
