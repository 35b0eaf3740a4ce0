import type { Message } from "../protocol/mod.ts";
import type { Format, Frame } from "../protocol/frame.ts";
import type { ChangeEffect } from "./effects.ts";
import { framesOfChanges, framesOfMessages, joinFrames } from "./frames.ts";
import { getOrMake } from "../lib/maps.ts";

/**
 * Returns a message as it is for those who may see its room from a `seq` on, that one included: it does not name the
 * author of an earlier one to which it replies.
 */
export function seenFrom(message: Message, from: number): Message {
  if (isSeen(message, from)) return message;
  const { answers: _, ...rest } = message;
  return rest;
}

/** What several members receive who see the same. */
export class Shared<Item> {
  readonly items: readonly Item[];
  readonly #print: (items: readonly Item[], format: Format) => Frame[];
  readonly #frames: Partial<Record<Format, Frame[]>> = {};

  /** @param print Makes the frames of the items. */
  constructor(
    items: readonly Item[],
    print: (items: readonly Item[], format: Format) => Frame[],
  ) {
    this.items = items;
    this.#print = print;
  }

  /** The frames of the items, made when a first member needs them. */
  frames(format: Format): Frame[] {
    return this.#frames[format] ??= joinFrames(this.#print(this.items, format));
  }
}

/**
 * Items of a room as members see them, each from another `seq` on. Those for whom all are the same share them. In a room
 * that everybody sees from another message on, each item is printed twice at most, however many sights there are:
 * whole, and without what only those see who see more. What is short is joined for each sight.
 */
class SharedBySight<Item> {
  readonly #see: (from: number) => Item[];
  readonly #print: (items: readonly Item[], format: Format) => Frame[];
  /** The `seq`s after which somebody sees less if they see the room from there on, ascending. */
  readonly #bounds: readonly number[];
  /** By the first of the bounds that is not before what is seen. */
  readonly #shared = new Map<number, Shared<Item>>();

  /**
   * @param see Returns the items as they are for those who may see the room from a `seq` on.
   * @param print Makes the frames of such items.
   * @param bounds The `seq`s that make a difference to it, according to whether they are seen.
   */
  constructor(
    see: (from: number) => Item[],
    print: (items: readonly Item[], format: Format) => Frame[],
    bounds: readonly number[],
  ) {
    this.#see = see;
    this.#print = print;
    this.#bounds = [...new Set(bounds)].sort((a, b) => a - b);
  }

  /** Returns the items for those who may see the room from a `seq` on. */
  from(seq: number): Shared<Item> {
    const bound = this.#bounds.find((bound) => bound >= seq) ?? Infinity;
    return getOrMake(this.#shared, bound, () => new Shared(this.#see(bound), this.#print));
  }
}

/** Shares new messages, each of which is seen by all. */
export function shareMessages(messages: readonly Message[]): Pick<SharedBySight<Message>, "from"> {
  const blind = new Map<Message, Message>();
  const runs = runsOf(messages, (message) => isSeen(message, Infinity));
  const print = printOnce((run: Message | Message[], format) =>
    framesOfMessages([run].flat(), format)
  );
  return new SharedBySight(
    (from) =>
      messages.map((message) =>
        isSeen(message, from) ? message : getOrMake(blind, message, () => seenFrom(message, from))
      ),
    // All see the messages of a run in the same way, so that it is printed once.
    (seen, format) => {
      let next = 0;
      return runs.flatMap((run) => {
        const message = seen[next];
        next += run.length;
        return print(run.length === 1 && message !== undefined ? message : run, format);
      });
    },
    messages.flatMap(originalOf),
  );
}

/** Shares changes of messages, which only those receive who may see the messages. */
export function shareChanges(
  changes: readonly ChangeEffect[],
): Pick<SharedBySight<ChangeEffect>, "from"> {
  const blind = new Map<ChangeEffect, ChangeEffect>();
  const print = printOnce((change: ChangeEffect, format) => framesOfChanges([change], format));
  const see = (change: ChangeEffect, from: number) =>
    isSeen(change.message, from) ? change : getOrMake(
      ...[blind, change],
      () => ({ ...change, message: seenFrom(change.message, from) }),
    );
  return new SharedBySight(
    (from) =>
      changes.filter(({ message: { seq } }) => seq >= from).map((change) => see(change, from)),
    (seen, format) =>
      runsOf(seen, ({ message }) => message.deleted !== undefined).flatMap((run) =>
        run.length > 1 ? framesOfChanges(run, format) : run.flatMap((one) => print(one, format))
      ),
    changes.flatMap(({ message }) => [message.seq, ...originalOf(message)]),
  );
}

/** Whether those who may see a room from a `seq` on see all of a message; see {@linkcode seenFrom}. */
function isSeen({ re, answers }: Message, from: number): boolean {
  return answers === undefined || re === undefined || re >= from;
}

/** Returns a function that prints each item once for each format. */
function printOnce<Item>(
  print: (item: Item, format: Format) => Frame[],
): (item: Item, format: Format) => Frame[] {
  const printed = { json: new Map<Item, Frame[]>(), plain: new Map<Item, Frame[]>() };
  return (item, format) => getOrMake(printed[format], item, () => print(item, format));
}

/** Puts items together that follow each other and are alike; each of the others stands alone. */
function runsOf<Item>(items: readonly Item[], isAlike: (item: Item) => boolean): Item[][] {
  const runs: Item[][] = [];
  let last: Item[] = [];
  for (const item of items) {
    const [first] = last;
    if (first !== undefined && isAlike(first) && isAlike(item)) last.push(item);
    else runs.push(last = [item]);
  }
  return runs;
}

/** Returns the `seq` of the message to which one replies, if it names its author. */
function originalOf({ re, answers }: Message): number[] {
  return re === undefined || answers === undefined ? [] : [re];
}
