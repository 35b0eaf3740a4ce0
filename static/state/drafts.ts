import { type ReadonlySignal, signal } from "@preact/signals";
import { isBlank } from "../../protocol/blank.ts";
import { isMessage } from "../../protocol/line_fields.ts";
import type { Message } from "../../protocol/mod.ts";
import { randomId } from "./random_id.ts";
import { isMoment, isRecord, readJson, type TextStore } from "./storage.ts";

/** A draft is stored under this, the room's name, a dot, and the tab's name. */
const PREFIX = "draft.";

/** The message that a draft answers, or that is being changed while the draft waits. */
export interface DraftAbout {
  readonly replyTo: Message | undefined;
  readonly editing: { readonly message: Message; readonly text: string } | undefined;
}

interface Draft extends Partial<DraftAbout> {
  readonly text: string;
  /** The time of the last change, in milliseconds since 1970. */
  readonly at: number;
}

/**
 * The unsent texts of rooms. Each tab has its own, so that two tabs never overwrite each other's; a tab without
 * one continues with the newest of the others.
 */
export class Drafts {
  /** The rooms with one that is more than blanks, in whatever tab. */
  readonly rooms: ReadonlySignal<ReadonlySet<string>>;
  /** Rises when the drafts are another person's: a box that shows one begins again. */
  readonly writer: ReadonlySignal<number>;
  readonly #writer = signal(0);
  readonly #rooms = signal<ReadonlySet<string>>(new Set());
  readonly #store: TextStore;
  readonly #tab: string;
  /** By room, the draft of another tab that this one continued. */
  readonly #taken = new Map<string, { readonly key: string; readonly text: string }>();

  /** The rooms where this tab found none: what is there now was written here. */
  readonly #begun = new Set<string>();

  /** @param tab names this tab, also after a reload */
  constructor(store: TextStore, tab: string) {
    this.#store = store;
    this.#tab = tab;
    this.rooms = this.#rooms;
    this.writer = this.#writer;
    this.refresh();
  }

  /** Looks again which rooms have one: another tab has changed something, or the store has another owner. */
  refresh(): void {
    const names = this.#store.keys(PREFIX).filter((key) => !isBlank(this.#read(key)?.text ?? ""))
      .map(roomOf);
    this.#rooms.value = new Set(names);
  }

  get(room: string): string {
    const own = this.#read(this.#key(room));
    if (own) return own.text;
    const newest = this.#newest(room);
    if (!newest?.draft) {
      this.#begun.add(room);
      return "";
    }
    this.#taken.set(room, { key: newest.key, text: newest.draft.text });
    return newest.draft.text;
  }

  /**
   * Lets the store get another owner. Drafts found in it stay the former owner's, also if they were changed; what was
   * begun here, or written behind them, belongs to the person at the page now, but not when the former owner's session
   * was ended.
   *
   * @param change returns whether there is another owner
   * @param early the keys of what was written before anyone was known
   */
  follow(
    change: () => boolean,
    { isLoggedOut = false, early = [] }: {
      readonly isLoggedOut?: boolean;
      readonly early?: readonly string[];
    } = {},
  ): void {
    const written = early.filter((key) => key.startsWith(PREFIX));
    const own = [...isLoggedOut ? [] : this.#begun].map((room) => this.#key(room));
    const all = [...new Set([...written, ...own])].flatMap((key) => {
      const draft = this.#read(key);
      return draft && (draft.text !== "" || written.includes(key)) ? { key, draft } : [];
    });
    for (const { key } of all) this.#store.remove(key);
    const rests = all.map(({ key, draft }) =>
      own.includes(key) ? draft.text : this.#restOf(roomOf(key), draft.text)
    );
    const begun = all.flatMap(({ key, draft }, index) => {
      const rest = rests[index];
      if (rest !== undefined) return { key, draft, rest };
      this.#store.set(key, JSON.stringify(draft));
      return [];
    });
    const isOther = change();
    for (const { key, draft, rest } of begun) {
      if (isOther && rest === "") continue;
      // The new owner may have left one here: then this one counts as that of another tab.
      const free = this.#store.get(key) === undefined ? key : key + randomId();
      // The messages that it is about were the former owner's to answer or to change.
      this.#store.set(free, JSON.stringify(isOther ? { text: rest, at: draft.at } : draft));
    }
    if (!isOther) return;
    this.#begun.clear();
    this.#taken.clear();
    this.refresh();
    this.#writer.value++;
  }

  /** The message that the draft of a room answers, and the one that is being changed. */
  about(room: string): DraftAbout {
    const text = this.get(room);
    const { text: stored, replyTo, editing } = this.#stored(room) ?? {};
    return { replyTo: stored === text ? replyTo : undefined, editing };
  }

  /** Keeps which message the draft of a room answers, and which one is being changed. */
  setAbout(room: string, about: DraftAbout): void {
    if (isSameAbout(this.about(room), about)) return;
    this.#write(room, this.get(room), about);
  }

  /** Forgets which messages drafts are about: their numbers mean others now. */
  forgetAbout(): void {
    for (const key of this.#store.keys(PREFIX)) {
      const { text = "", at = 0 } = this.#read(key) ?? {};
      this.#store.set(key, JSON.stringify({ text, at }));
    }
  }

  set(room: string, text: string): void {
    const { replyTo, editing } = this.#stored(room) ?? {};
    this.#write(room, text, { replyTo, editing });
    // Not at each key: that looks through the whole store.
    if (this.rooms.peek().has(room) !== !isBlank(text)) this.refresh();
  }

  /**
   * Deletes those of a room, in whatever tab. Returns the texts, also of the changes to messages that were begun, and for
   * each an id, the same in all tabs.
   */
  forget(room: string): ReadonlyMap<string, string> {
    const texts = new Map<string, string>();
    const isContinued = this.#store.get(this.#key(room)) !== undefined;
    for (const key of this.#store.keys(`${PREFIX}${room}.`)) {
      const { text = "", at = 0, editing } = this.#read(key) ?? {};
      const taken = this.#taken.get(room);
      const id = `${at.toString(36)}-${key.slice(key.lastIndexOf(".") + 1)}`;
      if (!isContinued || key !== taken?.key || text !== taken.text) texts.set(text, id);
      if (editing && editing.text !== editing.message.text) texts.set(editing.text, `${id}-e`);
      this.#store.remove(key);
    }
    this.#taken.delete(room);
    this.refresh();
    for (const text of texts.keys()) if (isBlank(text)) texts.delete(text);
    return texts;
  }

  /** Takes those of a room along to another address of it, in whatever tab. */
  move(room: string, to: string): void {
    for (const key of this.#store.keys(`${PREFIX}${room}.`)) {
      const { replyTo, editing, ...draft } = this.#read(key) ?? {};
      const moved = {
        ...draft,
        replyTo: replyTo && { ...replyTo, room: to },
        editing: editing && { ...editing, message: { ...editing.message, room: to } },
      };
      this.#store.remove(key);
      this.#store.set(PREFIX + to + key.slice(key.lastIndexOf(".")), JSON.stringify(moved));
    }
    this.#taken.delete(room);
    this.refresh();
  }

  /**
   * What was written in a room behind the draft that was continued, which is the former owner's; `undefined` if that was
   * changed elsewhere than at its end, so that nobody knows whose words these are.
   */
  #restOf(room: string, text: string): string | undefined {
    const before = (this.#taken.get(room) ?? this.#newest(room)?.draft)?.text ?? "";
    return text === "" || text.startsWith(before) ? text.slice(before.length) : undefined;
  }

  /** The newest draft of a room, of whatever tab. */
  #newest(room: string): { readonly key: string; readonly draft: Draft | undefined } | undefined {
    return this.#store.keys(`${PREFIX}${room}.`).map((key) => ({ key, draft: this.#read(key) }))
      .sort((a, b) => (b.draft?.at ?? 0) - (a.draft?.at ?? 0))[0];
  }

  #write(room: string, text: string, about?: Partial<DraftAbout>): void {
    const taken = this.#taken.get(room);
    if (text !== "" || (about?.replyTo ?? about?.editing) !== undefined) {
      return this.#store.set(this.#key(room), JSON.stringify({ text, at: Date.now(), ...about }));
    }
    this.#store.remove(this.#key(room));
    this.#taken.delete(room);
    // It was sent or deleted here, unless the other tab has gone on with it, too.
    if (taken && this.#read(taken.key)?.text === taken.text) this.#store.remove(taken.key);
  }

  /** The draft of this tab, or the one that it continues with. */
  #stored(room: string): Draft | undefined {
    return this.#read(this.#key(room)) ?? this.#read(this.#taken.get(room)?.key ?? "");
  }

  #key(room: string): string {
    return `${PREFIX}${room}.${this.#tab}`;
  }

  #read(key: string): Draft | undefined {
    return readJson(this.#store, key, isDraft);
  }
}

function roomOf(key: string): string {
  return key.slice(PREFIX.length, key.lastIndexOf("."));
}

function isDraft(value: unknown): value is Draft {
  return isRecord(value) && typeof value.text === "string" && isMoment(value.at) &&
    (value.replyTo === undefined || isMessage(value.replyTo)) &&
    (value.editing === undefined || isEditing(value.editing));
}

function isEditing(value: unknown): boolean {
  return isRecord(value) && typeof value.text === "string" && isMessage(value.message);
}

function isSameAbout(a: DraftAbout, b: DraftAbout): boolean {
  return a.replyTo?.seq === b.replyTo?.seq && a.replyTo?.deleted === b.replyTo?.deleted &&
    a.editing?.message.id === b.editing?.message.id &&
    a.editing?.text === b.editing?.text;
}
