import { type ReadonlySignal, signal } from "@preact/signals";
import type { PictureLine } from "../../protocol/mod.ts";
import { PICTURE_PEOPLE } from "../../protocol/pictures.ts";
import type { Requests } from "./requests.ts";

/** The time for which people are gathered before they are asked about, in ms: a list shows many at once. */
const GATHER_MS = 50;

/** The time after which people are asked about again, if the server did not answer, in ms. */
const RETRY_MS = 5000;

/** The most people who are asked about again after a lost connection. */
const AGAIN = 500;

/** The pictures of people, as far as they were shown: messages do not name them. */
export class Pictures {
  /** The ids of the pictures, by those of the people. */
  readonly known: ReadonlySignal<ReadonlyMap<string, string>>;
  readonly #known = signal<ReadonlyMap<string, string>>(new Map());
  readonly #ask: Requests["ask"];
  /** The people who were asked about; the one asked last is the last. */
  #asked = new Set<string>();
  readonly #waiting = new Set<string>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(ask: Requests["ask"]) {
    this.known = this.#known;
    this.#ask = ask;
  }

  /** The id of a person's picture; undefined if there is none, or it is not known yet. */
  of(person: string): string | undefined {
    if (!this.#asked.has(person) && !this.#waiting.has(person)) {
      this.#waiting.add(person);
      this.#timer ??= setTimeout(() => void this.#askWaiting(), GATHER_MS);
    }
    return this.#known.value.get(person);
  }

  /** A person has another picture. */
  take({ person, picture }: PictureLine): void {
    this.#asked.add(person);
    const known = new Map(this.#known.value);
    if (picture === undefined) known.delete(person);
    else known.set(person, picture);
    this.#known.value = known;
  }

  /** There is another connection: what was missed is asked for. */
  refresh(): void {
    for (const person of [...this.#asked].slice(-AGAIN)) this.#waiting.add(person);
    this.#asked = new Set();
    if (this.#waiting.size > 0) {
      this.#timer ??= setTimeout(() => void this.#askWaiting(), GATHER_MS);
    }
  }

  async #askWaiting(): Promise<void> {
    const people = [...this.#waiting].slice(0, PICTURE_PEOPLE);
    const answer = await this.#ask({ type: "pictures", people });
    this.#timer = undefined;
    if (!answer.ok || answer.line.type !== "pictures") {
      // Without a connection they wait for the next one.
      if (answer.ok || answer.code === "offline") return;
      this.#timer = setTimeout(() => void this.#askWaiting(), RETRY_MS);
      return;
    }
    const pictures = new Map(answer.line.pictures.map((each) => [each.person, each.picture]));
    const known = new Map(this.#known.value);
    for (const person of people) {
      this.#waiting.delete(person);
      this.#asked.add(person);
      const picture = pictures.get(person);
      if (picture === undefined) known.delete(person);
      else known.set(person, picture);
    }
    if (!isSame(known, this.#known.value)) this.#known.value = known;
    if (this.#waiting.size > 0) this.#timer = setTimeout(() => void this.#askWaiting(), GATHER_MS);
  }
}

function isSame(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean {
  return a.size === b.size && [...a].every(([person, picture]) => b.get(person) === picture);
}
