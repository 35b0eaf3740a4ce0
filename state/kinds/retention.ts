import { each, isNumber, isText, type Kind } from "../kind.ts";
import type { Fields } from "../../protocol/fields.ts";
import { CHANGED, ERASED, UNCHANGED } from "../outcome.ts";
import { IndexQueue } from "../index_queue.ts";
import { ChangeTable } from "../change_table.ts";
import { MessageNumbers } from "../message_numbers.ts";
import { MessageRows } from "../message_rows.ts";
import { integer } from "../rows.ts";

/** A room's oldest messages are deleted, as far as one step goes. Applying it again changes nothing once they are gone. */
export interface RetentionEvent {
  readonly type: "retention";
  readonly room: string;
  /** The messages below this `seq` go; at most {@linkcode RETENTION_MESSAGES} at once, and fewer if they have many rows. */
  readonly before: number;
}

/** The most messages that one event deletes: a few milliseconds of work. */
export const RETENTION_MESSAGES = 200;

/** The retention kind's statements. */
export const RETENTION_SQL = {
  room: "select id, first, last from room where name = ?",
  remove: "delete from message where room = ? and seq between ? and ?",
  next: "select at from message where room = ? and seq = ?",
  shrink: "update room set first = ?, oldest = ? where id = ?",
};

export const retentionKind: Kind<RetentionEvent> = {
  parse({ room, before }: Fields): RetentionEvent | undefined {
    return isText(room) && isNumber(before) ? { type: "retention", room, before } : undefined;
  },

  prepare(db) {
    const find = db.prepare(RETENTION_SQL.room);
    const remove = db.prepare(RETENTION_SQL.remove);
    const queue = new IndexQueue(db);
    const changes = new ChangeTable(db);
    const rows = new MessageRows(db);
    const numbers = new MessageNumbers(db);
    const next = db.prepare(RETENTION_SQL.next);
    const shrink = db.prepare(RETENTION_SQL.shrink);
    return each(({ room: name, before }) => {
      const room = find.get(name);
      if (room === undefined) return UNCHANGED;
      const [id, first, last] = [integer(room.id), integer(room.first), integer(room.last)];
      const wanted = Math.min(before, last + 1, first + RETENTION_MESSAGES);
      if (wanted <= first) return UNCHANGED;
      const end = rows.removable(id, first, wanted - 1);
      if (end === undefined) return CHANGED;
      queue.addRange(id, first, end);
      remove.run(id, first, end);
      numbers.erased();
      changes.remove(id, first, end);
      shrink.run(end + 1, next.get(id, end + 1)?.at ?? null, id);
      return ERASED;
    });
  },
};
