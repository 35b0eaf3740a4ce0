import { Buffer } from "node:buffer";
import { each, isLasting, isText, type Kind } from "../kind.ts";
import { DAY_MS } from "../../lib/time.ts";
import type { Fields } from "../../protocol/fields.ts";
import { CHANGED } from "../outcome.ts";

/** The first event of every log, which gives the chat its identity. */
export interface InitEvent {
  readonly type: "init";
  /** 32 hex digits that cookies are named by. An import takes over the former store's. */
  readonly store: string;
  /** Random for each log: another epoch means that nothing seen before counts. */
  readonly epoch: string;
  /** The key that signs cookies, in base64. */
  readonly key: string;
  /** Messages older than this are deleted, in days; 0 keeps them permanently. */
  readonly keepDays: number;
}

/** The init kind's statements. */
export const INIT_SQL = {
  isThere: "select 1 from store",
  add: "insert into store (id, epoch, key, keep_days) values (?, ?, ?, ?)",
};

export const initKind: Kind<InitEvent> = {
  parse({ store, epoch, key, keepDays }: Fields): InitEvent | undefined {
    if (!isText(store) || !isText(epoch) || !isText(key) || !isLasting(keepDays, DAY_MS)) {
      return undefined;
    }
    return { type: "init", store, epoch, key, keepDays };
  },

  prepare(db) {
    const isThere = db.prepare(INIT_SQL.isThere);
    const add = db.prepare(INIT_SQL.add);
    return each(({ store, epoch, key, keepDays }) => {
      if (isThere.get()) return { type: "refused", code: "stale", reason: "the chat has begun" };
      add.run(store, epoch, Buffer.from(key, "base64"), keepDays);
      return CHANGED;
    });
  },
};
