import { each, isNumber, isText, type Kind } from "../kind.ts";
import type { Fields } from "../../protocol/fields.ts";
import { isPreviews } from "../../protocol/previews.ts";
import type { LinkPreview } from "../../protocol/mod.ts";
import { ChangeJudge, GONE } from "../change_judge.ts";
import { type EventOutcome, refused, UNCHANGED } from "../outcome.ts";
import { Permissions } from "../permissions.ts";
import { StoredSettings } from "../settings.ts";

/** A server has read what a message links to. */
export interface PreviewsEvent {
  readonly type: "previews";
  readonly room: string;
  readonly seq: number;
  /** One or more, each of an address that stands in the message. */
  readonly previews: readonly LinkPreview[];
}

export const previewsKind: Kind<PreviewsEvent> = {
  parse({ room, seq, previews }: Fields): PreviewsEvent | undefined {
    if (!isText(room) || !isNumber(seq)) return undefined;
    return isPreviews(previews) && previews.length > 0
      ? { type: "previews", room, seq, previews }
      : undefined;
  },

  prepare(db) {
    const judge = new ChangeJudge(db, new Permissions(db));
    const settings = new StoredSettings(db);
    const { table } = judge;
    return each((event, at): EventOutcome => {
      const { room, seq, previews } = event;
      if (!settings.read().previews) return refused("forbidden", "there are no previews");
      const target = judge.findAny(room, seq);
      if (target === undefined) return refused("bad_value", "there is no such message");
      const { change } = target;
      if (change.deleted !== undefined) return GONE;
      if (change.previews?.bytes === 0) return refused("forbidden", "they were removed");
      const text = table.message(target.room.id, room, seq)?.text ?? "";
      // It was edited meanwhile.
      if (!previews.every(({ url }) => text.includes(url))) {
        return refused("stale", "the message has not these links");
      }
      if (JSON.stringify(table.previewsOf(change)) === JSON.stringify(previews)) return UNCHANGED;
      return judge.revise({ target, change: table.withPreviews(change, previews), now: at });
    });
  },
};
