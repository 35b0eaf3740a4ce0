import { each, isText, type Kind } from "../kind.ts";
import type { Fields } from "../../protocol/fields.ts";
import { CHANGED, UNCHANGED } from "../outcome.ts";

/**
 * The history begins anew for clients: what they have seen does not count. It is the first event of a log
 * that continues from a snapshot, and follows when NATS was set back to an older state.
 */
export interface EpochEvent {
  readonly type: "epoch";
  /** Random. */
  readonly epoch: string;
  /** The epoch that it replaces: of several servers that notice the same, the first one counts. */
  readonly was: string;
}

/** The epoch kind's statement. */
export const EPOCH_SQL = {
  set: "update store set epoch = ?1 where epoch = ?2",
};

export const epochKind: Kind<EpochEvent> = {
  parse({ epoch, was }: Fields): EpochEvent | undefined {
    return isText(epoch) && isText(was) ? { type: "epoch", epoch, was } : undefined;
  },

  prepare(db) {
    const set = db.prepare(EPOCH_SQL.set);
    return each(({ epoch, was }) => set.run(epoch, was).changes > 0 ? CHANGED : UNCHANGED);
  },
};
