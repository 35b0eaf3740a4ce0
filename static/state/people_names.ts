import { type ReadonlySignal, signal } from "@preact/signals";
import type { User } from "../../protocol/mod.ts";

/** The names that people have now, where those of their messages are older, and who has none any more. */
export class PeopleNames {
  /** Names that changed, by the person's id; empty for those whose account was deleted meanwhile. */
  readonly changed: ReadonlySignal<ReadonlyMap<string, string>>;
  readonly #changed = signal<ReadonlyMap<string, string>>(new Map());
  readonly #deleted = signal<ReadonlySet<string>>(new Set());

  constructor() {
    this.changed = this.#changed;
  }

  /** The name a person has now; empty for a deleted one. */
  nameOf({ id, name }: User): string {
    return this.#changed.value.get(id) ?? name;
  }

  /** Whether a person's account was deleted. */
  isDeleted({ id, deleted }: User): boolean {
    return deleted === true || this.#deleted.value.has(id);
  }

  /** A person has another name. */
  rename({ id, name }: User): void {
    this.#changed.value = new Map(this.#changed.value).set(id, name);
  }

  /** A person's account was deleted. */
  delete(person: string): void {
    this.#deleted.value = new Set(this.#deleted.value).add(person);
    this.rename({ id: person, name: "" });
  }
}
