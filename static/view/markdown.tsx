import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import { emojiTable, isEmojiOnly, loadEmoji, mayHaveShortcodes } from "../emoji.ts";
import { isOwnMention, type KnownNames, type MentionPart, mentionsIn } from "../state/mentions.ts";
import { addressInPage, type RoomPart, roomsIn } from "../state/room_links.ts";
import { type Block, type Inline, readText } from "../text.ts";
import { beginningOf, DRAWN_LINES, isLong } from "../text/beginning.ts";
import { directionOf } from "../text/direction.ts";
import { ranksOf } from "../text/headings.ts";
import { plainText, type Table } from "../text/tree.ts";
import { Code } from "./code.tsx";
import { useApp, useStrings } from "./context.ts";
import { Spoiler } from "./spoiler.tsx";

/** The long messages that the reader has unfolded. */
const unfolded = new Set<string>();

/** The emoji, which are loaded for the first text that has some. */
function useEmoji(text: string): ReadonlyMap<string, string> | undefined {
  if (!mayHaveShortcodes(text)) return undefined;
  void loadEmoji();
  return emojiTable.value;
}

/** A message's text. */
export function MessageText({ text, names }: { text: string; names: KnownNames }): JSX.Element {
  const { base, chat } = useApp();
  const strings = useStrings();
  const emoji = useEmoji(text);
  const big = useMemo(() => isEmojiOnly(text), [text, emoji]);
  const long = useMemo(() => isLong(text), [text]);
  const [isOpen, setOpen] = useState(() => unfolded.has(text));
  const isFolded = long && !isOpen;
  const blocks = useMemo(
    () => isFolded ? beginningOf(readText(text), DRAWN_LINES) : readText(text),
    [text, emoji, isFolded],
  );
  const found = useMemo(
    () => mentionsIn(blocks, names),
    [blocks, names.all, names.everyone, names.others],
  );
  // Most names that come or go are not in this text.
  const mentions = useMemo(() => found, [blocks, JSON.stringify([...found.values()])]);
  // A text that names no room is not drawn again when the rooms change.
  const isNaming = text.includes("#");
  const own = isNaming ? chat.rooms.value : undefined;
  const listed = isNaming ? chat.info.directory.value : undefined;
  const drawn = useMemo(() => {
    const known = [own?.map(({ name }) => name), listed?.map(({ room }) => room)];
    const rooms = roomsIn(blocks, mentions, new Set(known.flatMap((some) => some ?? [])));
    const around = { names, mentions, rooms, base, ranks: ranksOf(blocks) };
    return blocks.map((block, i) => <BlockView key={i} block={block} around={around} />);
  }, [mentions, own, listed, names.own, names.reachesAll]);
  function toggle(): void {
    if (isOpen) unfolded.delete(text);
    else unfolded.add(text);
    setOpen(!isOpen);
  }
  return (
    <>
      <div class={`text ${big ? "big" : ""} ${isFolded ? "folded" : ""}`}>
        {drawn}
      </div>
      {long && (
        <button type="button" class="link fold" aria-expanded={isOpen} onClick={toggle}>
          {isOpen ? strings.showLess : strings.showMore}
        </button>
      )}
    </>
  );
}

/** The context of a text. */
interface Around {
  readonly names: KnownNames;
  /** By text with an `@`, its parts. */
  readonly mentions: ReadonlyMap<Block | Inline, readonly MentionPart[]>;
  /** By text with a `#`, its parts. */
  readonly rooms: ReadonlyMap<MentionPart, readonly RoomPart[]>;
  /** By heading, how deep below the others it is. */
  readonly ranks: ReadonlyMap<Block, number>;
  /** The page's address. */
  readonly base: string;
}

/** The elements of headings by rank. */
const HEADINGS = [undefined, "h2", "h3", "h4", "h5"] as const;

interface BlockProps {
  readonly block: Block;
  readonly around: Around;
  readonly inItem?: boolean;
}

function BlockView({ block, around, inItem = false }: BlockProps): JSX.Element {
  switch (block.kind) {
    case "paragraph": {
      const parts = block.children.map((part) => inline(part, around));
      // Items are copied as lines, without a blank one after each.
      return inItem ? <div class="line" dir="auto">{parts}</div> : <p dir="auto">{parts}</p>;
    }
    case "heading": {
      // Below the room's name.
      const Heading = HEADINGS[around.ranks.get(block) ?? 1] ?? "h6";
      return (
        <Heading class={`level-${Math.min(block.level, 3)}`} dir="auto">
          {block.children.map((part) => inline(part, around))}
        </Heading>
      );
    }
    case "code":
      return <Code text={block.text} language={block.language} />;
    case "quote":
      // The browser's own "auto" would not look into paragraphs, which have a direction themselves.
      return (
        <blockquote dir={directionOf(block.children)}>
          {block.children.map((child, i) => <BlockView key={i} block={child} around={around} />)}
        </blockquote>
      );
    case "list": {
      const items = block.items.map((item, i) => (
        <li key={i} dir={directionOf(item)}>
          {item.map((child, j) => <BlockView key={j} block={child} around={around} inItem />)}
        </li>
      ));
      return block.ordered ? <ol>{items}</ol> : <ul>{items}</ul>;
    }
    case "table":
      return <TableView table={block} around={around} />;
  }
}

/** A table, which scrolls on its own where it is too wide. */
function TableView({ table, around }: { table: Table; around: Around }): JSX.Element {
  const strings = useStrings();
  const { columns, rows: [titles = [], ...rows] } = table;
  const look = (column: number) => columns[column] && `to-${columns[column]}`;
  return (
    <div
      class="table"
      role="group"
      aria-label={strings.table}
      tabIndex={0}
      dir={directionOf([table])}
    >
      <table>
        <thead>
          <tr>
            {titles.map((cell, i) => (
              <th key={i} scope="col" class={look(i)} dir="auto">
                {cell.map((part) => inline(part, around))}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, i) => (
            <tr key={i}>
              {row.map((cell, j) => (
                <td key={j} class={look(j)} dir="auto">
                  {cell.map((part) => inline(part, around))}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** The elements of a part of a line; within a link there is no mention, and no other link. */
function inline(part: Inline, around: Around | undefined): JSX.Element | string | Parts {
  switch (part.kind) {
    case "text":
      return around === undefined ? part.text : withMentions(part, around);
    case "code":
      return <code dir="ltr">{part.text}</code>;
    case "break":
      return <br />;
    case "link": {
      const children = part.children.map((child) => inline(child, undefined));
      const place = around && addressInPage(part.href, around.base);
      if (place !== undefined) return <a href={place} title={part.href}>{children}</a>;
      return (
        <a href={part.href} title={part.href} target="_blank" rel="noopener noreferrer nofollow">
          {children}
        </a>
      );
    }
    case "strong":
      return <strong>{part.children.map((child) => inline(child, around))}</strong>;
    case "em":
      return <em>{part.children.map((child) => inline(child, around))}</em>;
    case "del":
      return <del>{part.children.map((child) => inline(child, around))}</del>;
    case "spoiler":
      return (
        <Spoiler text={plainText(part.children)}>
          {part.children.map((child) => inline(child, around))}
        </Spoiler>
      );
  }
}

type Parts = (JSX.Element | string | Parts)[];

/** A text with its mentions, and links to the rooms that it names. */
function withMentions(part: Inline & { kind: "text" }, { names, mentions, rooms }: Around): Parts {
  const parts: readonly MentionPart[] = mentions.get(part) ?? [part];
  return parts.map((each, i): JSX.Element | string | Parts => {
    const { text, mention } = each;
    if (mention === undefined) {
      return rooms.get(each)?.map(({ text, href }, j) =>
        href === undefined ? text : (
          <a key={j} href={href} class="mention">
            <bdi>{text}</bdi>
          </a>
        )
      ) ?? text;
    }
    const own = isOwnMention(mention, names) ? "own" : "";
    return <bdi key={i} class={`mention ${own}`}>{text}</bdi>;
  });
}
