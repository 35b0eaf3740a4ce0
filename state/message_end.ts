import type { Effect } from "../hub/effects.ts";
import { type Deleter, EVERYONE } from "../protocol/mod.ts";
import type { ChangeJudge, ChangeTarget } from "./change_judge.ts";
import type { EventOutcome } from "./outcome.ts";

/** The deletion of a message. */
export interface Deletion {
  readonly deleted: Deleter;
  /** The id of the person who deletes it. */
  readonly by: string;
  /** The id of that person's command, if it has one. */
  readonly id?: string | undefined;
  /** The time of the event, in ms since 1970. */
  readonly now: number;
}

/** The end of messages: their texts are erased, and all that belongs to them but their places and ids. */
export class MessageEnd {
  readonly #judge: ChangeJudge;

  constructor(judge: ChangeJudge) {
    this.#judge = judge;
  }

  /** Deletes a message that was not deleted before. */
  delete(target: ChangeTarget, { deleted, by, id, now }: Deletion): EventOutcome {
    const { table } = this.#judge;
    const { room: { id: room, room: address }, seq, change } = target;
    const reached = new Set(table.mentions.of(room, seq));
    const answered = table.replies.answered(room, seq);
    if (answered !== undefined) reached.add(answered);
    reached.delete(EVERYONE);
    table.mentions.remove(room, seq, seq);
    table.replies.remove(room, seq, seq);
    table.reactions.removeAll(room, seq, seq);
    table.files.remove(room, seq, seq);
    table.texts.erase(change);
    const { rev, row, bytes, previews } = table.withoutPreviews(change);
    return this.#judge.revise({
      ...{ target, by, id, now, isEdit: true },
      change: { room, seq, rev, row, bytes, deleted, emoji: 0, ...(previews && { previews }) },
      effects: [...reached].map((person): Effect => ({
        ...{ type: "membership", person, room: address, late: true },
      })),
    });
  }
}
