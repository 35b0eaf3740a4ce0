import { each, type Kind } from "../kind.ts";
import type { Fields } from "../../protocol/fields.ts";
import { type ChangeFields, ChangeJudge, GONE, isTarget, parseChange } from "../change_judge.ts";
import { type EventOutcome, UNCHANGED } from "../outcome.ts";
import { Permissions } from "../permissions.ts";

/** Somebody does not want the previews of a message, now and later. Its author may, and moderators and admins in the room. */
export interface PreviewsRemovedEvent extends ChangeFields {
  readonly type: "previews_removed";
}

export const previewsRemovedKind: Kind<PreviewsRemovedEvent> = {
  parse(fields: Fields): PreviewsRemovedEvent | undefined {
    const change = parseChange(fields);
    return change && { type: "previews_removed", ...change };
  },

  prepare(db) {
    const judge = new ChangeJudge(db, new Permissions(db));
    return each((event, at): EventOutcome => {
      const { person, id } = event;
      const target = judge.findRemovable(event, "remove its previews");
      if (!isTarget(target)) return target;
      const { change } = target;
      if (change.deleted !== undefined) return GONE;
      if (change.previews?.bytes === 0) return UNCHANGED;
      return judge.revise({
        ...{ target, by: person, id, now: at, erases: true },
        change: judge.table.withoutPreviews(change, true),
      });
    });
  },
};
