import type { DatabaseSync } from "node:sqlite";
import { appendOne, type EventLog } from "./event_log.ts";
import { integer } from "./rows.ts";
import { type State, STATE_SQL } from "./state.ts";

/**
 * Asks for the log's own time, in ms since 1970: NATS's where several servers share one, whose own clocks may be wrong.
 * Rejects when the log can't be written.
 */
export async function timeOfLog(state: State, log: EventLog): Promise<number> {
  // There is no report that old.
  await appendOne(log, { type: "reports_expired", before: 0 });
  return state.progress.at;
}

/**
 * Returns the time, in ms since 1970, by this server's clock, but not before the log's last entry: that clock may be behind,
 * and what counts from a time that is too early ends too early.
 */
export function timeNotBefore(db: DatabaseSync, now: number = Date.now()): number {
  return Math.max(now, integer(db.prepare(STATE_SQL.progress).get()?.at));
}
