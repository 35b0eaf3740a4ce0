import { signal } from "@preact/signals";
import type { Limits } from "../../../protocol/mod.ts";
import type { Pending } from "../outbox.ts";
import { randomId } from "../random_id.ts";
import { readJson, type TextStore } from "../storage.ts";
import { isOwnFile, type OwnFile, withoutServer } from "./own_file.ts";
import type { FileSender, MakeFileSender } from "./file_sender.ts";

const PREFIX = "file.";
/** A file whose message was discarded is kept for so long, in ms: leaving a room can be undone. */
const UNDO_MS = 60_000;
/** A file that another tab could not keep is lost if that was so long ago, in ms: the tab was probably closed. */
const CLOSED_MS = 60 * 60_000;
/** The most pictures of this person's own files that are shown without the server. */
const PICTURES = 60;

/** The needs of {@linkcode OwnFiles}. */
export interface OwnFilesOptions {
  /** The part of the browser's store that belongs to this person. */
  readonly store: TextStore;
  /** Names this tab of the browser, also after a reload. */
  readonly tab: string;
  /** The store of all persons of this browser. */
  readonly everyone: TextStore;
  /** Loads what uploads. */
  readonly load: () => Promise<MakeFileSender>;
  readonly limits: () => Pick<Limits, "file" | "files"> | undefined;
  readonly isOnline: () => boolean;
  /** The message of an id that waits to be sent. */
  readonly pending: (id: string) => Pending | undefined;
  /** Whether a message waits to be sent here or in another tab. */
  readonly isWaiting: (id: string) => boolean;
  /** Called when a file of a message has arrived at the server, or its upload has failed. */
  readonly onSettled: (message: string, failed: string | undefined) => void;
}

/**
 * The files that this person has chosen and that are not part of a message on the server yet. The data of each are
 * kept under a key of its own, like the messages that wait; the file sender keeps the contents.
 */
export class OwnFiles implements Disposable {
  /** All of them, in their order. */
  readonly list = signal<readonly OwnFile[]>([]);
  /** By key, the number of bytes that are on the server. */
  readonly sent = signal<ReadonlyMap<string, number>>(new Map());
  /** The keys of those whose upload failed more than once and is tried again. */
  readonly stalled = signal<ReadonlySet<string>>(new Set());
  /** By key, and then by the id on the server, the address of a picture of it in this page. */
  readonly pictures = signal<ReadonlyMap<string, string>>(new Map());
  readonly #options: OwnFilesOptions;
  #uploader: FileSender | undefined;
  #loading: Promise<void> | undefined;
  /** The contents of files until there is what uploads them. */
  readonly #held = new Map<string, Blob>();
  readonly #goners = new Map<string, ReturnType<typeof setTimeout>>();

  constructor(options: OwnFilesOptions) {
    this.#options = options;
    this.list.value = this.#stored();
  }

  /** Those in the tray of a room. */
  inTray(room: string): readonly OwnFile[] {
    return this.list.value.filter((each) => each.room === room && each.message === undefined);
  }

  find(key: string): OwnFile | undefined {
    return this.list.value.find((each) => each.key === key);
  }

  /** Puts files into the tray of a room. Returns how many were too many for one message. */
  add(room: string, files: readonly File[]): number {
    const { file: size = Infinity, files: count = 10 } = this.#options.limits() ?? {};
    const free = Math.max(0, count - this.inTray(room).length);
    const last = this.list.peek().at(-1)?.place ?? 0;
    const place = Math.max(Date.now(), last + 1);
    for (const [index, file] of files.slice(0, free).entries()) {
      const failed = size === 0
        ? "no_files"
        : file.size > size
        ? "file_too_large"
        : file.size === 0
        ? "file_empty"
        : undefined;
      const attachment: OwnFile = {
        key: randomId(),
        room,
        tab: this.#options.tab,
        place: place + index,
        name: file.name,
        size: file.size,
        type: file.type,
        ...(failed !== undefined && { failed }),
      };
      if (failed === undefined) this.#held.set(attachment.key, file);
      this.#save(attachment);
    }
    this.update();
    return files.length - Math.min(free, files.length);
  }

  /** Takes a file out of the tray. */
  remove(key: string): void {
    const attachment = this.find(key);
    if (!attachment) return;
    this.list.value = this.list.peek().filter((each) => each !== attachment);
    this.#options.store.remove(PREFIX + key);
    this.#held.delete(key);
    this.#uploader?.forget(attachment);
  }

  /** Tries again to upload a file. */
  retry(key: string): void {
    this.change(key, { failed: undefined });
    this.update();
  }

  /** Moves a file within its tray. */
  move(key: string, by: number): void {
    const attachment = this.find(key);
    if (!attachment) return;
    const others = this.inTray(attachment.room);
    const from = others.indexOf(attachment);
    const to = Math.max(0, Math.min(others.length - 1, from + by));
    if (to === from) return;
    const order = others.filter((each) => each !== attachment);
    order.splice(to, 0, attachment);
    const places = others.map(({ place }) => place);
    order.forEach(({ key }, index) => this.change(key, { place: places[index] ?? index }));
  }

  /** Gives the files in the tray of a room to a message. */
  send(room: string, message: string): void {
    for (const { key } of this.inTray(room)) this.change(key, { message });
  }

  /** The ids of files on the server, or `undefined` as long as one of them is not there. */
  ids(keys: readonly string[]): readonly string[] | undefined {
    const ids = keys.map((key) => this.find(key)?.id);
    return ids.every((id) => id !== undefined) ? ids : undefined;
  }

  /** The messages that wait have changed. */
  settle(): void {
    for (const attachment of this.list.peek()) {
      const { key, message, failed } = attachment;
      if (message === undefined) continue;
      const pending = this.#options.pending(message);
      const timer = this.#goners.get(key);
      if (pending || this.#options.isWaiting(message)) {
        clearTimeout(timer);
        this.#goners.delete(key);
        if (!pending || pending.failed !== undefined || failed === undefined) continue;
        // It was tried again, and so are its files.
        if (mayRetry(failed)) this.change(key, { failed: undefined });
        else this.#options.onSettled(message, failed);
      } else if (timer === undefined) {
        this.#goners.set(key, setTimeout(() => this.#leave(key), UNDO_MS));
      }
    }
    this.update();
  }

  /** The server has no such files any more: uploads those of a message again. Whether that can help. */
  again(message: string): boolean {
    const files = this.list.peek().filter((each) => each.message === message);
    if (!files.some(({ id }) => id !== undefined)) return false;
    for (const each of files) this.#save(withoutServer(each));
    this.update();
    return true;
  }

  /** Looks again for files to upload: the connection or the list has changed. */
  update(): void {
    if (this.#uploader) {
      for (const [key, content] of this.#held) this.#uploader.add(key, content);
      this.#held.clear();
      this.#uploader.update();
    } else if (this.list.peek().length > 0) void this.prepare();
  }

  /** Loads what uploads. */
  prepare(): Promise<void> {
    const { load, everyone, isOnline } = this.#options;
    return this.#loading ??= load().then((make) => {
      this.#uploader = make({
        list: () => this.list.peek(),
        change: (key, change) => this.change(key, change),
        progress: (key, sent) => {
          this.sent.value = new Map(this.sent.peek()).set(key, sent);
          this.#setStalled(key, false);
        },
        stalls: (key) => this.#setStalled(key, true),
        shows: (key, picture) => this.#shows(key, picture),
        isWanted: (attachment) => this.#isWanted(attachment),
        isElsewhere: ({ kept, tab, place }) =>
          kept === undefined && tab !== this.#options.tab && Date.now() - place < CLOSED_MS,
        isOnline,
        isKnown: (key) => everyone.keys("of.").some((each) => each.endsWith(`.${PREFIX}${key}`)),
      });
      this.update();
    }, () => {
      // There may be no connection; the next one tries again.
      this.#loading = undefined;
    });
  }

  /** Changes what is known of a file. */
  change(key: string, change: Partial<OwnFile>): void {
    const before = this.find(key);
    if (!before) return;
    const after: OwnFile = JSON.parse(JSON.stringify({ ...before, ...change }));
    this.#save(after);
    const picture = this.pictures.peek().get(key);
    if (after.id !== undefined && before.id === undefined && picture !== undefined) {
      this.#shows(after.id, picture);
    }
    if (after.message === undefined) return;
    if (after.id !== before.id || after.failed !== before.failed) {
      this.#options.onSettled(after.message, after.failed);
    }
  }

  /** Follows another tab of this browser, which changed something in the store. */
  changedElsewhere(): void {
    this.list.value = this.#stored();
    this.update();
  }

  /** The store is another owner's. Files of messages that came along do so, too. */
  follow(): void {
    const here = this.list.peek();
    this.list.value = this.#stored().map(withoutServer);
    for (const each of here) {
      if (each.message === undefined || this.find(each.key)) continue;
      if (this.#options.pending(each.message)) this.#save(withoutServer(each));
    }
    this.update();
  }

  /** Takes the files of a room along to another address of it. */
  moveRoom(room: string, to: string): void {
    for (const each of this.list.peek()) {
      if (each.room === room) this.change(each.key, { room: to });
    }
  }

  /** Takes away what is in the tray of a room that this person is not in any more. */
  leaveRoom(room: string): void {
    for (const { key } of this.inTray(room)) this.remove(key);
  }

  [Symbol.dispose](): void {
    for (const timer of this.#goners.values()) clearTimeout(timer);
  }

  #leave(key: string): void {
    this.#goners.delete(key);
    const message = this.find(key)?.message;
    if (message !== undefined && !this.#options.isWaiting(message)) this.remove(key);
  }

  #isWanted({ message, failed }: OwnFile): boolean {
    if (failed !== undefined) return false;
    if (message === undefined) return true;
    const pending = this.#options.pending(message);
    return pending !== undefined && pending.failed === undefined;
  }

  #setStalled(key: string, isStalled: boolean): void {
    if (this.stalled.peek().has(key) === isStalled) return;
    const others = [...this.stalled.peek()].filter((each) => each !== key);
    this.stalled.value = new Set(isStalled ? [...others, key] : others);
  }

  #shows(key: string, picture: string): void {
    const pictures = new Map(this.pictures.peek()).set(key, picture);
    for (const [old, address] of pictures) {
      if (pictures.size <= PICTURES) break;
      pictures.delete(old);
      if (![...pictures.values()].includes(address)) URL.revokeObjectURL(address);
    }
    this.pictures.value = pictures;
  }

  #save(attachment: OwnFile): void {
    this.#options.store.set(PREFIX + attachment.key, JSON.stringify(attachment));
    this.list.value = [
      ...this.list.peek().filter(({ key }) => key !== attachment.key),
      attachment,
    ].sort(byPlace);
  }

  #stored(): OwnFile[] {
    const { store } = this.#options;
    return store.keys(PREFIX)
      .map((key) => readJson(store, key, isOwnFile))
      .filter((each) => each !== undefined)
      .sort(byPlace);
  }
}

/** Whether a further attempt to upload a file can help. */
export function mayRetry(failed: string): boolean {
  return ["file_disk_full", "file_not_allowed", "file_quota", "file_refused"].includes(failed);
}

function byPlace(a: OwnFile, b: OwnFile): number {
  return a.place - b.place || (a.key < b.key ? -1 : 1);
}
