import { Check, Copy } from "lucide-preact";
import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import { isEmojiOnly } from "../emoji.ts";
import { splitMentions } from "../state/mentions.ts";
import { type Block, type Inline, parseText } from "../text.ts";
import { useStrings } from "./context.ts";

/** Whose names are known, by their keys, and which of them is one's own. */
export interface KnownNames {
  readonly all: readonly string[];
  readonly own: string;
}

/** How many messages taken apart are kept: some screens full. */
const KEPT = 600;
const parsed = new Map<string, readonly Block[]>();

function parse(text: string): readonly Block[] {
  const known = parsed.get(text);
  if (known) return known;
  const blocks = parseText(text);
  if (parsed.size >= KEPT) parsed.clear();
  parsed.set(text, blocks);
  return blocks;
}

/** A message's text. */
export function MessageText({ text, names }: { text: string; names: KnownNames }): JSX.Element {
  const big = useMemo(() => isEmojiOnly(text), [text]);
  return (
    <div class={big ? "text big" : "text"} dir="auto">
      {parse(text).map((block, i) => <BlockView key={i} block={block} names={names} />)}
    </div>
  );
}

function BlockView({ block, names }: { block: Block; names: KnownNames }): JSX.Element {
  switch (block.kind) {
    case "paragraph":
      return <p dir="auto">{block.children.map((part) => inline(part, names))}</p>;
    case "code":
      return <Code text={block.text} />;
    case "quote":
      return (
        <blockquote dir="auto">
          {block.children.map((child, i) => <BlockView key={i} block={child} names={names} />)}
        </blockquote>
      );
    case "list": {
      const items = block.items.map((item, i) => (
        <li key={i}>
          {item.map((child, j) => <BlockView key={j} block={child} names={names} />)}
        </li>
      ));
      return block.start === undefined
        ? <ul dir="auto">{items}</ul>
        : <ol dir="auto" start={block.start}>{items}</ol>;
    }
  }
}

function inline(part: Inline, names: KnownNames): JSX.Element | string | (JSX.Element | string)[] {
  switch (part.kind) {
    case "text":
      return part.text.includes("@") ? withMentions(part.text, names) : part.text;
    case "code":
      return <code>{part.text}</code>;
    case "break":
      return <br />;
    case "link":
      return (
        <a href={part.href} title={part.href} target="_blank" rel="noopener noreferrer nofollow">
          {part.children.map((child) =>
            inline(child, names)
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

function withMentions(text: string, names: KnownNames): (JSX.Element | string)[] {
  return splitMentions(text, names.all).map(({ text, mention }, i) => {
    if (mention === undefined) return text;
    return <bdi key={i} class={mention === names.own ? "mention own" : "mention"}>{text}</bdi>;
  });
}

function Code({ text }: { text: string }): JSX.Element {
  const { copyCode, copied } = useStrings();
  const [done, setDone] = useState(false);
  async function copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(text);
      setDone(true);
      setTimeout(() => setDone(false), 1500);
    } catch {
      // The browser forbids it: the text can still be marked.
    }
  }
  return (
    <div class="code">
      <pre tabIndex={0}><code>{text}</code></pre>
      {isSecureContext && (
        <button type="button" class="icon" aria-label={done ? copied : copyCode} onClick={copy}>
          {done ? <Check aria-hidden="true" /> : <Copy aria-hidden="true" />}
        </button>
      )}
    </div>
  );
}
