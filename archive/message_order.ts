import type { Database } from "../state/database.ts";
import { string } from "../state/rows.ts";

/**
 * The rows of messages by their times, each room's in its own order: a message counts as sent no earlier than those before it
 * in its room, where the clock may have been set back. One that is dated ahead of the present counts as sent with the one
 * before it: otherwise all that follow in its room would be the newest of the chat.
 */
const ORDER = `
  create temp table place as
  select n from (
    select n, room, seq, coalesce(
      max(at) filter (where at <= ?)
        over (partition by room order by seq rows between unbounded preceding and current row),
      0
    ) as time from message
  ) order by time, room, seq
`;

/** Only the places are sorted: with their texts, messages would be written aside twice. */
const move = (columns: string) => `
  create temp table moved as
    select ${columns} from temp.place cross join message on message.n = place.n order by place.rowid;
  drop table temp.place;
  delete from message;
  insert into message (${columns}) select ${columns} from temp.moved order by rowid;
  drop table temp.moved;
`;

/**
 * Puts the messages, which an archive has room by room, into the order of their times: by it, mentions and what a search
 * finds are read. They have the numbers from 1 before and after it, so that a removal still names the newest.
 *
 * @param now In ms since 1970.
 */
export function orderMessages(db: Database["db"], now: number): void {
  db.prepare(ORDER).run(now);
  const columns = db.prepare("select name from pragma_table_info('message') where name <> 'n'")
    .all();
  db.exec(move(columns.map(({ name }) => string(name)).join()));
}
