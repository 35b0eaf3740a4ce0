/**
 * The changes that one person makes of messages, and what must have become of them.
 *
 * @module
 */
import type { DeleteCommand, EditCommand, PinCommand, ReactCommand } from "../protocol/mod.ts";

/** A change with an id, by which its answer is known. */
export type AnsweredChange = (EditCommand | DeleteCommand | ReactCommand | PinCommand) & {
  readonly id: string;
};

/** Stands for a pin in the place of an emoji: a message has at most one pin. */
export const PIN = "pin";

/** The result of a change: it took place, changed nothing, or was refused for good. */
export type ChangeResult = "changed" | "unchanged" | "refused";

/** A change that was not answered yet. */
interface OpenChange {
  readonly command: AnsweredChange;
  /** The number of times that it was sent. */
  tries: number;
  /** Whether it was sent on this connection, and not refused there for the moment. */
  sent: boolean;
}

/**
 * A person's changes. Each is sent again until it is answered, so that it may arrive several times; of one text, or of
 * one emoji on one message, the next is given only after the answer.
 */
export class PendingChanges {
  /** The text that each message of this person must have, by its place; undefined for one that is deleted. */
  readonly texts = new Map<string, string | undefined>();
  /** Whether this person must be found among those who reacted, by place and emoji; and whether it pinned a message. */
  readonly reactions = new Map<string, boolean>();
  /**
   * The reactions of which that is not known: one that was sent again on another connection may arrive there first, and
   * the first attempt later than what followed.
   */
  readonly unsure = new Set<string>();
  /** The number of changes that took place. */
  applied = 0;
  /** The number of attempts that may have taken place in addition. */
  perhaps = 0;
  readonly #open = new Map<string, OpenChange>();
  /** The subjects of open changes. */
  readonly #busy = new Set<string>();
  readonly #answered = new Set<string>();
  readonly #write: (command: AnsweredChange) => void;

  constructor(write: (command: AnsweredChange) => void) {
    this.#write = write;
  }

  /** The number of changes that were not answered. */
  get size(): number {
    return this.#open.size;
  }

  /** Whether a change may be given now. */
  isFree(command: AnsweredChange): boolean {
    const { room, seq } = command;
    return !this.#busy.has(keyOf(command)) &&
      !(this.texts.has(placeOf(room, seq)) && this.texts.get(placeOf(room, seq)) === undefined);
  }

  /** Whether this person has reacted, as far as is known. */
  hasReacted(room: string, seq: number, emoji: string): boolean {
    return this.reactions.get(aspectOf(room, seq, emoji)) ?? false;
  }

  /** Takes a change, to be sent now or by {@linkcode sendAll}. */
  give(command: AnsweredChange, now: boolean): void {
    const open: OpenChange = { command, tries: 0, sent: false };
    this.#open.set(command.id, open);
    this.#busy.add(keyOf(command));
    if (now) this.#send(open);
  }

  /** The connection has ended: nothing that was sent is known to have arrived. */
  disconnect(): void {
    for (const open of this.#open.values()) open.sent = false;
  }

  /** Sends what was not sent on this connection, in one room. */
  sendAll(room: string): void {
    for (const open of this.#open.values()) {
      if (open.command.room === room && !open.sent) this.#send(open);
    }
  }

  /** Whether an id is that of a change. */
  has(id: string): boolean {
    return this.#open.has(id) || this.#answered.has(id);
  }

  /** The room of a change that is not answered. */
  roomOf(id: string): string | undefined {
    return this.#open.get(id)?.command.room;
  }

  /** A change was refused for now, and must be sent again. */
  postpone(id: string): void {
    const open = this.#open.get(id);
    if (open) open.sent = false;
  }

  /** A change was answered. */
  finish(id: string, result: ChangeResult): void {
    const open = this.#open.get(id);
    if (open === undefined) return;
    const { command, tries } = open;
    if (result === "unchanged" && tries === 1 && !this.unsure.has(keyOf(command))) {
      throw new Error(`${JSON.stringify(command)} changed nothing at the first attempt`);
    }
    this.#open.delete(id);
    this.#answered.add(id);
    this.#busy.delete(keyOf(command));
    if (result !== "refused") this.applied++;
    this.perhaps += result === "refused" ? tries : tries - 1;
    if (result !== "refused") this.#note(command, tries);
  }

  #note(command: AnsweredChange, tries: number): void {
    const { room, seq } = command;
    if (command.type === "edit") this.texts.set(placeOf(room, seq), command.text);
    else if (command.type === "delete") this.texts.set(placeOf(room, seq), undefined);
    else {
      this.reactions.set(keyOf(command), command.on);
      if (tries > 1) this.unsure.add(keyOf(command));
    }
  }

  #send(open: OpenChange): void {
    open.tries++;
    open.sent = true;
    this.#write(open.command);
  }
}

/** The place of a message, as a key. */
export function placeOf(room: string, seq: number): string {
  return `${room} ${seq}`;
}

/** One emoji on a message, as a key. */
export function aspectOf(room: string, seq: number, emoji: string): string {
  return `${placeOf(room, seq)} ${emoji}`;
}

/** The subject of a change, as a key: the text of a message, or one emoji on it. */
function keyOf(command: AnsweredChange): string {
  const { room, seq } = command;
  if (command.type === "pin") return aspectOf(room, seq, PIN);
  return command.type === "react" ? aspectOf(room, seq, command.emoji) : placeOf(room, seq);
}
