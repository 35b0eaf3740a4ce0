import { getOrMake } from "../lib/maps.ts";

/** Open uploads, by id and by person: looking through ten thousand for each new one would keep the chat waiting. */
export class UploadList<U extends { readonly id: string; readonly person: string }>
  implements Iterable<U> {
  readonly #byId = new Map<string, U>();
  readonly #byPerson = new Map<string, Set<U>>();

  constructor(uploads: Iterable<U> = []) {
    for (const upload of uploads) this.add(upload);
  }

  /** The number of all. */
  get size(): number {
    return this.#byId.size;
  }

  get(id: string): U | undefined {
    return this.#byId.get(id);
  }

  has(id: string): boolean {
    return this.#byId.has(id);
  }

  /** Those of a person. */
  of(person: string): Iterable<U> {
    return this.#byPerson.get(person) ?? [];
  }

  add(upload: U): void {
    this.#byId.set(upload.id, upload);
    getOrMake(this.#byPerson, upload.person, () => new Set()).add(upload);
  }

  delete(id: string): void {
    const upload = this.#byId.get(id);
    if (upload === undefined) return;
    this.#byId.delete(id);
    const own = this.#byPerson.get(upload.person);
    own?.delete(upload);
    if (own?.size === 0) this.#byPerson.delete(upload.person);
  }

  [Symbol.iterator](): Iterator<U> {
    return this.#byId.values();
  }
}
