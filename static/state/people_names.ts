import { signal } from "@preact/signals";
import type { User } from "../../protocol/mod.ts";

/** The names that people have now, where those of their messages are older, and who has none any more. */
export class PeopleNames {
  /** Rises with every change. */
  readonly revision = signal(0);
  /** Names that changed, by the person's id; empty for those whose account was deleted meanwhile. */
  readonly #changed = new Map<string, string>();
  readonly #deleted = new Set<string>();

  /** The name a person has now; empty for a deleted one. */
  nameOf({ id, name }: User): string {
    this.revision.value;
    return this.#changed.get(id) ?? name;
  }

  /** Whether a person's account was deleted. */
  isDeleted({ id, deleted }: User): boolean {
    this.revision.value;
    return deleted === true || this.#deleted.has(id);
  }

  /** A person has another name. */
  rename({ id, name }: User): void {
    this.#changed.set(id, name);
    this.revision.value++;
  }

  /** A person's account was deleted. */
  delete(person: string): void {
    this.#deleted.add(person);
    this.rename({ id: person, name: "" });
  }
}
