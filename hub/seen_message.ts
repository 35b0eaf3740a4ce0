import type { Message } from "../protocol/mod.ts";
import type { Format, Frame } from "../protocol/frame.ts";
import type { ChangeEffect } from "./effects.ts";
import { framesOfChanges, framesOfMessages } from "./frames.ts";
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
    return this.#frames[format] ??= this.#print(this.items, format);
  }
}

/**
 * Items of a room as members see them, each from another `seq` on. Those for whom all are the same share them. In a room
 * that everybody sees from another message on, each item is printed twice at most, however many sights there are:
 * whole, and without what only those see who see more.
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
  const print = printOnce((message: Message, format) => framesOfMessages([message], format));
  return new SharedBySight(
    (from) =>
      messages.map((message) =>
        isSeen(message, from) ? message : getOrMake(blind, message, () => seenFrom(message, from))
      ),
    (seen, format) => seen.flatMap((message) => print(message, format)),
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
      runsOf(seen).flatMap((run) =>
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

/** Puts deletions that follow each other together, since one line has many; everything else stands alone. */
function runsOf(changes: readonly ChangeEffect[]): ChangeEffect[][] {
  const runs: ChangeEffect[][] = [];
  let last: ChangeEffect[] = [];
  for (const change of changes) {
    const isRun = change.message.deleted !== undefined && last[0]?.message.deleted !== undefined;
    if (isRun) last.push(change);
    else runs.push(last = [change]);
  }
  return runs;
}

/** Returns the `seq` of the message to which one replies, if it names its author. */
function originalOf({ re, answers }: Message): number[] {
  return re === undefined || answers === undefined ? [] : [re];
}
