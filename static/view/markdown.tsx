import { Check, Copy } from "lucide-preact";
import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import { emojiTable, isEmojiOnly, loadEmoji, mayHaveShortcodes } from "../emoji.ts";
import { isOwnMention, type KnownNames, mentionParts } from "../state/mentions.ts";
import { type Block, type Inline, parseText } from "../text.ts";
import { directionOf } from "../text/direction.ts";
import { copyText } from "./clipboard.ts";
import { useStrings } from "./context.ts";

/** The number of parsed messages that are kept: some screens full. */
const KEPT = 600;
const parsed = new Map<string, readonly Block[]>();

/** A message with more lines than this, or as many characters as these would have, is folded. */
const FOLDED_LINES = 30;
const LINE_UNITS = 100;
/** The long messages that the reader has unfolded. */
const unfolded = new Set<string>();

function parse(text: string): readonly Block[] {
  const known = parsed.get(text);
  if (known) return known;
  const blocks = parseText(text);
  if (parsed.size >= KEPT) parsed.clear();
  parsed.set(text, blocks);
  return blocks;
}

// What was read without the emoji is to be read again.
emojiTable.subscribe(() => parsed.clear());

/** The emoji, which are loaded for the first text that has some. */
function useEmoji(text: string): ReadonlyMap<string, string> | undefined {
  if (!mayHaveShortcodes(text)) return undefined;
  void loadEmoji();
  return emojiTable.value;
}

/** Whether a message is so long that only its beginning is shown at first. */
function isLong(text: string): boolean {
  return text.length > FOLDED_LINES * 2 &&
    text.split("\n").reduce((lines, { length }) => lines + 1 + length / LINE_UNITS, 0) >
      FOLDED_LINES;
}

/** A message's text. */
export function MessageText({ text, names }: { text: string; names: KnownNames }): JSX.Element {
  const strings = useStrings();
  const emoji = useEmoji(text);
  const big = useMemo(() => isEmojiOnly(text), [text, emoji]);
  const long = useMemo(() => isLong(text), [text]);
  const [isOpen, setOpen] = useState(() => unfolded.has(text));
  const blocks = useMemo(() => parse(text), [text, emoji]);
  function toggle(): void {
    if (isOpen) unfolded.delete(text);
    else unfolded.add(text);
    setOpen(!isOpen);
  }
  return (
    <>
      <div class={`text ${big ? "big" : ""} ${long && !isOpen ? "folded" : ""}`}>
        {blocks.map((block, i) => <BlockView key={i} block={block} names={names} />)}
      </div>
      {long && (
        <button type="button" class="link fold" aria-expanded={isOpen} onClick={toggle}>
          {isOpen ? strings.showLess : strings.showMore}
        </button>
      )}
    </>
  );
}

function BlockView(
  { block, names, inItem = false }: { block: Block; names: KnownNames; inItem?: boolean },
): JSX.Element {
  switch (block.kind) {
    case "paragraph": {
      const parts = block.children.map((part) => inline(part, names));
      // Items are copied as lines, without a blank one after each.
      return inItem ? <div class="line" dir="auto">{parts}</div> : <p dir="auto">{parts}</p>;
    }
    case "code":
      return <Code text={block.text} />;
    case "quote":
      // The browser's own "auto" would not look into paragraphs, which have a direction themselves.
      return (
        <blockquote dir={directionOf(block.children)}>
          {block.children.map((child, i) => <BlockView key={i} block={child} names={names} />)}
        </blockquote>
      );
    case "list": {
      const items = block.items.map((item, i) => (
        <li key={i} dir={directionOf(item)}>
          {item.map((child, j) => <BlockView key={j} block={child} names={names} inItem />)}
        </li>
      ));
      return block.ordered ? <ol>{items}</ol> : <ul>{items}</ul>;
    }
  }
}

/** The elements of a part of a line; within a link there is no mention. */
function inline(
  part: Inline,
  names: KnownNames | undefined,
): JSX.Element | string | (JSX.Element | string)[] {
  switch (part.kind) {
    case "text":
      return names === undefined ? part.text : mentionParts(part, names)
        .map(({ text, mention }, i) => {
          if (mention === undefined) return text;
          const own = isOwnMention(mention, names) ? "own" : "";
          return <bdi key={i} class={`mention ${own}`}>{text}</bdi>;
        });
    case "code":
      return <code dir="ltr">{part.text}</code>;
    case "break":
      return <br />;
    case "link":
      return (
        <a href={part.href} title={part.href} target="_blank" rel="noopener noreferrer nofollow">
          {part.children.map((child) =>
            inline(child, undefined)
          )}
        </a>
      );
    case "strong":
      return <strong>{part.children.map((child) => inline(child, names))}</strong>;
    case "em":
      return <em>{part.children.map((child) => inline(child, names))}</em>;
    case "del":
      return <del>{part.children.map((child) => inline(child, names))}</del>;
  }
}

function Code({ text }: { text: string }): JSX.Element {
  const { copyCode, copied } = useStrings();
  const [done, setDone] = useState(false);
  async function copy(): Promise<void> {
    // Where the browser forbids it the text can still be selected.
    if (!await copyText(text)) return;
    setDone(true);
    setTimeout(() => setDone(false), 1500);
  }
  return (
    <div class="code" dir="ltr">
      <pre tabIndex={0}><code>{text}</code></pre>
      <button type="button" class="icon" aria-label={done ? copied : copyCode} onClick={copy}>
        {done ? <Check aria-hidden="true" /> : <Copy aria-hidden="true" />}
      </button>
    </div>
  );
}
