import type { LinkPreview, Message } from "../../protocol/mod.ts";
import { isPreviews } from "../../protocol/previews.ts";
import { BusyError, FairQueue } from "../../lib/fair_queue.ts";
import { TokenBucket } from "../../lib/token_bucket.ts";
import { HOUR_MS, MINUTE_MS } from "../../lib/time.ts";
import type { Event } from "../../state/events.ts";
import type { PictureFile, PreviewsEvent } from "../../state/kinds/previews.ts";
import type { MessagePreviews } from "../../state/message_previews.ts";
import type { EventOutcome } from "../../state/outcome.ts";
import { PersonPace } from "../../state/person_pace.ts";
import { FetchError, type FetchProblem } from "./fetch_error.ts";
import { linksIn } from "./message_links.ts";
import type { ReadPage } from "./fetcher.ts";
import type { PictureStore, StoredPicture } from "./picture_store.ts";

/** The pages that are read at once, and those that wait. */
const TURNS = { parallel: 4, waiting: 100 };

/** The pages that are read for a person per second, and at once; and the pictures that are stored. */
const PERSON = { rate: 1 / 6, burst: 10 };

/**
 * The pages that are read for everybody per second, and at once: nobody's site is to be flooded from here. As many pictures are
 * stored, those of remembered pages included: each waits for the disk before the uploads that come after it.
 */
const EVERYBODY = { rate: 2, burst: 60 };

/**
 * The messages that are looked at, of a person and of all: any number may link to a page that is remembered, or that is being
 * read.
 */
const MESSAGES = { ofPerson: 10, ofAll: 200 };

/** Those that are changed at once: other events of the server itself are appended after these. */
const CHANGES = { parallel: 16, waiting: MESSAGES.ofAll };

/** The addresses that are remembered, each of up to some 2 kB, and the bytes of their pictures. */
const REMEMBERED = 500;
const REMEMBERED_BYTES = 16 * 1024 * 1024;

/** The time for which a page is remembered, and for which one is that could not be read, in ms. */
const FOUND_MS = HOUR_MS;
const MISSING_MS = 10 * MINUTE_MS;

/** The result for a link: its page was read, was remembered, could not be read, or there were too many. */
export type PreviewResult = "read" | "remembered" | FetchProblem | "limited";

/** The parts that a {@linkcode PreviewService} works with. */
export interface PreviewServiceOptions {
  /** Returns whether the chat has previews. */
  readonly isOn: () => boolean;
  /** Reads a page, with its picture if that is wanted, or throws a {@linkcode FetchError}. */
  readonly read: (url: string, hasPicture: boolean) => Promise<ReadPage | undefined>;
  /** Stores pictures; by default there are none. */
  readonly pictures?: Pick<PictureStore, "isOn" | "limits" | "add" | "release">;
  /** Appends an event to the log. */
  readonly append: (event: Event) => Promise<EventOutcome>;
  /** The time, in ms; by default that of the process. */
  readonly now?: () => number;
}

interface Remembered {
  readonly until: number;
  readonly page: ReadPage | undefined;
}

/**
 * Reads what messages link to, after they are committed. The server that a message was sent to does it, once; if it
 * can't, the message stays without. Nobody waits for it.
 */
export class PreviewService implements MessagePreviews, Disposable {
  readonly #options: PreviewServiceOptions;
  readonly #now: () => number;
  readonly #turns = new FairQueue(TURNS);
  readonly #changes = new FairQueue(CHANGES);
  readonly #pages: Pace;
  readonly #pictures: Pace;
  /** By address; the one that was used last is the last. */
  readonly #remembered = new Map<string, Remembered>();
  /** The bytes of the pictures of these. */
  #bytes = 0;
  /** The pages that are being read. */
  readonly #reading = new Map<string, Promise<ReadPage | undefined>>();
  readonly #results: Record<PreviewResult, number> = {
    ...{ read: 0, remembered: 0, failed: 0, forbidden: 0, limited: 0 },
  };
  /** The messages that are being looked at: the author of each. */
  readonly #adding = new Map<Promise<void>, string>();
  #closed = false;

  constructor(options: PreviewServiceOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
    this.#pages = new Pace(this.#now);
    this.#pictures = new Pace(this.#now);
  }

  /** The numbers of links, by what became of them. */
  get results(): Readonly<Record<PreviewResult, number>> {
    return this.#results;
  }

  see(message: Message): void {
    if (this.#closed || !message.text.includes("://")) return;
    const links = this.#linksOf(message);
    if (links.length === 0) return;
    const { id } = message.user;
    const own = this.#adding.values().filter((author) => author === id).toArray().length;
    if (own >= MESSAGES.ofPerson || this.#adding.size >= MESSAGES.ofAll) {
      this.#results.limited += links.length;
      return;
    }
    const adding = this.#add(message, links).catch(() => {})
      .finally(() => this.#adding.delete(adding));
    this.#adding.set(adding, id);
  }

  #linksOf({ text }: Message): string[] {
    try {
      return this.#options.isOn() ? linksIn(text) : [];
    } catch {
      // The disk can't be read; the message stays without.
      return [];
    }
  }

  /** Resolves when all that was seen so far has what it gets. */
  async settled(): Promise<void> {
    await Promise.all(this.#adding.keys());
  }

  async #add({ room, seq, user }: Message, links: readonly string[]): Promise<void> {
    const pages = await Promise.all(links.map((url) => this.#pageAt(url, user.id)));
    const previews = links.flatMap((url, i): LinkPreview[] => {
      const { title, description, site } = pages[i] ?? {};
      return title === undefined ? [] : [{
        ...{ url, title },
        ...(description !== undefined && { description }),
        ...(site !== undefined && { site }),
      }];
    });
    // Of very long ones the last are left out.
    while (!isSmallEnough(previews)) previews.pop();
    if (previews.length === 0 || this.#closed) return;
    const pictures = new Map<string, StoredPicture>();
    for (const [i, url] of links.entries()) {
      const stored = await this.#store(pages[i]?.picture, user.id);
      if (stored !== undefined) pictures.set(url, stored);
    }
    try {
      using _turn = await this.#changes.next(user.id);
      if (this.#closed) return;
      if (await this.#appendWith(pictures, { room, seq, previews })) return;
      await this.#options.append({ type: "previews", room, seq, previews });
    } finally {
      for (const { file } of pictures.values()) await this.#options.pictures?.release(file.id);
    }
  }

  async #store(
    picture: Uint8Array<ArrayBuffer> | undefined,
    person: string,
  ): Promise<StoredPicture | undefined> {
    const { pictures } = this.#options;
    if (picture === undefined || pictures === undefined) return undefined;
    return this.#pictures.take(person) ? await pictures.add(picture, person) : undefined;
  }

  /** Stores previews with their pictures; resolves to whether that was done. */
  async #appendWith(
    stored: ReadonlyMap<string, StoredPicture>,
    { room, seq, previews }: Pick<PreviewsEvent, "room" | "seq" | "previews">,
  ): Promise<boolean> {
    const { pictures } = this.#options;
    const files: PictureFile[] = [];
    const shown = previews.map((preview): LinkPreview => {
      const picture = stored.get(preview.url);
      if (picture === undefined) return preview;
      const { file, width, height } = picture;
      files.push(file);
      return { ...preview, picture: { id: file.id, width, height } };
    });
    if (pictures === undefined || files.length === 0 || !isSmallEnough(shown)) return false;
    const event = { type: "previews", room, seq, previews: shown } as const;
    const outcome = await this.#options.append({
      ...event,
      pictures: { files, ...pictures.limits },
    });
    return outcome.type !== "refused";
  }

  async #pageAt(url: string, person: string): Promise<ReadPage | undefined> {
    const known = this.#remembered.get(url);
    if (known !== undefined && known.until > this.#now()) {
      this.#results.remembered++;
      this.#remember(url, known);
      return known.page;
    }
    try {
      return await (this.#reading.get(url) ?? this.#read(url, person));
    } catch {
      return undefined;
    }
  }

  #read(url: string, person: string): Promise<ReadPage | undefined> {
    if (!this.#pages.take(person)) {
      this.#results.limited++;
      return Promise.resolve(undefined);
    }
    const reading = this.#readInTurn(url, person).finally(() => this.#reading.delete(url));
    this.#reading.set(url, reading);
    return reading;
  }

  async #readInTurn(url: string, person: string): Promise<ReadPage | undefined> {
    let page: ReadPage | undefined;
    try {
      using _turn = await this.#turns.next(person);
      if (this.#closed) return undefined;
      page = await this.#options.read(url, this.#options.pictures?.isOn ?? false);
      this.#results.read++;
    } catch (error) {
      if (error instanceof BusyError) {
        this.#results.limited++;
        return undefined;
      }
      this.#results[error instanceof FetchError ? error.problem : "failed"]++;
    }
    const ms = page === undefined ? MISSING_MS : FOUND_MS;
    this.#remember(url, { until: this.#now() + ms, page });
    return page;
  }

  #remember(url: string, page: Remembered): void {
    this.#forget(url);
    this.#remembered.set(url, page);
    this.#bytes += page.page?.picture?.length ?? 0;
    for (const oldest of this.#remembered.keys()) {
      if (this.#remembered.size <= REMEMBERED && this.#bytes <= REMEMBERED_BYTES) break;
      this.#forget(oldest);
    }
  }

  #forget(url: string): void {
    this.#bytes -= this.#remembered.get(url)?.page?.picture?.length ?? 0;
    this.#remembered.delete(url);
  }

  [Symbol.dispose](): void {
    this.#closed = true;
  }
}

/** What is done for people at the pace of each, and of all. */
class Pace {
  readonly #now: () => number;
  readonly #people: PersonPace;
  readonly #everybody = new TokenBucket(EVERYBODY);

  constructor(now: () => number) {
    this.#now = now;
    this.#people = new PersonPace(now, PERSON);
  }

  /** Takes a turn of a person; returns whether there is one now. */
  take(person: string): boolean {
    return this.#people.take(person) === 0 && this.#everybody.take(this.#now()) === 0;
  }
}

function isSmallEnough(previews: readonly LinkPreview[]): boolean {
  return isPreviews(previews);
}
