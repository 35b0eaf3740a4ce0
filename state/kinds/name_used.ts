import { each, isText, isTime, type Kind } from "../kind.ts";
import { DAY_MS } from "../../lib/time.ts";
import type { Fields } from "../../protocol/fields.ts";
import { CHANGED, UNCHANGED } from "../outcome.ts";

/** The owner of a name was here; at most once a day. */
export interface NameUsedEvent {
  readonly type: "name_used";
  /** The person's id. */
  readonly person: string;
  /** In days since 1970. */
  readonly day: number;
}

/** The name_used kind's statement. */
export const NAME_USED_SQL = {
  use: "update people set used = ?2 where id = ?1 and used < ?2",
};

export const nameUsedKind: Kind<NameUsedEvent> = {
  parse({ person, day }: Fields): NameUsedEvent | undefined {
    return isText(person) && isTime(day, DAY_MS) ? { type: "name_used", person, day } : undefined;
  },

  prepare(db) {
    const use = db.prepare(NAME_USED_SQL.use);
    return each(({ person, day }) => use.run(person, day).changes > 0 ? CHANGED : UNCHANGED);
  },
};
