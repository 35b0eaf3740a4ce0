import type { Message } from "../protocol/mod.ts";
import type { Format, Frame } from "../protocol/frame.ts";
import type { ChangeEffect } from "./effects.ts";

/**
 * Returns a message as it is for those who may see its room from a `seq` on, that one included: it does not name the
 * author of an earlier one to which it replies.
 */
export function seenFrom(message: Message, from: number): Message {
  const { re = from, answers, ...rest } = message;
  return answers === undefined || re >= from ? message : { ...rest, re };
}

/** What several members receive who see the same. */
export interface Shared<Item> {
  readonly items: readonly Item[];
  /** Made of the items when a first member needs them. */
  readonly frames: Partial<Record<Format, Frame[]>>;
}

/** Items of a room as members see them, each from another `seq` on. Those for whom they are the same share them. */
export class SharedBySight<Item> {
  readonly #see: (from: number) => Item[];
  /** The `seq`s after which somebody sees less if they see the room from there on, ascending. */
  readonly #bounds: readonly number[];
  /** By the first of the bounds that is not before what is seen. */
  readonly #shared = new Map<number, Shared<Item>>();

  /**
   * @param see Returns the items as they are for those who may see the room from a `seq` on.
   * @param bounds The `seq`s that make a difference to it, according to whether they are seen.
   */
  constructor(see: (from: number) => Item[], bounds: readonly number[]) {
    this.#see = see;
    this.#bounds = [...new Set(bounds)].sort((a, b) => a - b);
  }

  /** Returns the items for those who may see the room from a `seq` on. */
  from(seq: number): Shared<Item> {
    const bound = this.#bounds.find((bound) => bound >= seq) ?? Infinity;
    let shared = this.#shared.get(bound);
    if (shared === undefined) {
      this.#shared.set(bound, shared = { items: this.#see(bound), frames: {} });
    }
    return shared;
  }
}

/** Shares new messages, each of which is seen by all. */
export function shareMessages(messages: readonly Message[]): SharedBySight<Message> {
  return new SharedBySight(
    (from) => messages.map((message) => seenFrom(message, from)),
    messages.flatMap(originalOf),
  );
}

/** Shares changes of messages, which only those receive who may see the messages. */
export function shareChanges(changes: readonly ChangeEffect[]): SharedBySight<ChangeEffect> {
  return new SharedBySight(
    (from) =>
      changes.filter(({ message: { seq } }) => seq >= from)
        .map((change) => ({ ...change, message: seenFrom(change.message, from) })),
    changes.flatMap(({ message }) => [message.seq, ...originalOf(message)]),
  );
}

/** Returns the `seq` of the message to which one replies, if it names its author. */
function originalOf({ re, answers }: Message): number[] {
  return re === undefined || answers === undefined ? [] : [re];
}
