import { isNumber, isText, type Kind } from "../kind.ts";
import { each } from "../kind.ts";
import { type Fields, isList } from "../../protocol/fields.ts";
import { EVERYONE } from "../../protocol/mod.ts";
import type { Effect } from "../../hub/effects.ts";
import { ChangeJudge, type ChangeTarget, GONE, isTarget } from "../change_judge.ts";
import { MENTIONS_LIMIT } from "../mentions.ts";
import { type EventOutcome, refused, UNCHANGED } from "../outcome.ts";
import { Permissions } from "../permissions.ts";

/** The author of a message gives it another text. */
export interface EditEvent {
  readonly type: "edit";
  readonly room: string;
  readonly seq: number;
  /** The author's own id for it, unique for the person and the room among all messages and edits. */
  readonly id: string;
  readonly person: string;
  /** Well-formed Unicode; empty only for a message that names files, which stay. */
  readonly text: string;
  /** The ids of the people whom the text mentions, and `EVERYONE`, as the author's server has read it. */
  readonly mentions?: readonly string[];
}

/** Every statement. Exported for the test that checks that each of them uses an index. */
export const EDIT_SQL = {
  isSend: "select 1 from message where id = ? and author = ? and room = ?",
};

export const editKind: Kind<EditEvent> = {
  parse({ room, seq, id, person, text, mentions }: Fields): EditEvent | undefined {
    if (!isText(room) || !isNumber(seq) || !isText(id) || !isText(person)) return undefined;
    if (typeof text !== "string" || !text.isWellFormed()) return undefined;
    const event: EditEvent = { type: "edit", room, seq, id, person, text };
    if (mentions === undefined) return event;
    return isList(mentions, isText) && mentions.length <= MENTIONS_LIMIT
      ? { ...event, mentions }
      : undefined;
  },

  prepare(db) {
    const permissions = new Permissions(db);
    const judge = new ChangeJudge(db, permissions);
    const { table } = judge;
    const isSend = db.prepare(EDIT_SQL.isSend);

    /** Returns the outcome of an edit whose id its author used before; undefined for a new one. */
    function known({ room, seq, author }: ChangeTarget, id: string) {
      const edited = table.editedBy(room.id, author, id);
      if (edited === seq) return UNCHANGED;
      const isUsed = edited !== undefined || isSend.get(id, author, room.id) !== undefined;
      return isUsed ? refused("bad_id", "the id is that of another message or edit") : undefined;
    }

    /** Replaces whom a message mentions, which is no news. Returns the effects on what they have of the room. */
    function mention(target: ChangeTarget, { room, person, mentions = [] }: EditEvent): Effect[] {
      const [before, after] = [
        table.mentions.of(target.room.id, target.seq),
        permissions.mentionable(person, room, mentions),
      ];
      table.mentions.remove(target.room.id, target.seq, target.seq);
      table.mentions.add(target.room.id, target.seq, after);
      const changed = [
        ...before.filter((id) => !after.includes(id)),
        ...after.filter((id) => !before.includes(id)),
      ];
      return changed.filter((id) => id !== EVERYONE).map((person): Effect => ({
        ...{ type: "membership", person, room, late: true },
      }));
    }

    return each((event, at): EventOutcome => {
      const { person, id, text } = event;
      const target = judge.find(event);
      if (!isTarget(target)) return target;
      if (target.authorId !== person) {
        return refused("forbidden", "only its author can edit a message");
      }
      const former = known(target, id);
      if (former !== undefined) return former;
      if (target.change.deleted !== undefined) return GONE;
      const refusal = judge.mayWrite(target.room, person, at);
      if (refusal !== undefined) return refusal;
      if (text === "" && !table.files.has(target.room.id, target.seq)) {
        return refused("empty", "the text has no visible characters");
      }
      table.addEdit(target.room.id, target.seq, target.author, id);
      const message = table.message(target.room.id, target.room.room, target.seq);
      if (message?.text === text) return UNCHANGED;
      const place = table.texts.replace(target.change, text);
      return judge.revise({
        ...{ target, by: person, id, now: at, isEdit: true, effects: mention(target, event) },
        // The links of the new text are read again.
        change: { ...table.withoutPreviews(target.change), ...place, edited: at },
      });
    });
  },
};
