import { each, isNumber, type Kind } from "../kind.ts";
import type { Fields } from "../../protocol/fields.ts";
import { Erasure } from "../erasure.ts";
import { ERASED, UNCHANGED } from "../outcome.ts";

/** A step by which the name of a deleted person goes from old messages. Any server proposes it; each step counts once. */
export interface PersonErasedEvent {
  readonly type: "person_erased";
  /** The row of the person as an author. */
  readonly author: number;
  readonly step: number;
}

export const personErasedKind: Kind<PersonErasedEvent> = {
  parse({ author, step }: Fields): PersonErasedEvent | undefined {
    return isNumber(author) && isNumber(step) ? { type: "person_erased", author, step } : undefined;
  },

  prepare(db) {
    const erasure = new Erasure(db);
    return each(({ author, step }) => erasure.step(author, step) ? ERASED : UNCHANGED);
  },
};
