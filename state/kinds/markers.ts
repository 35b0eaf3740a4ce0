import type { Effect } from "../../hub/effects.ts";
import { each, isNumber, isText, type Kind } from "../kind.ts";
import { HOUR_MS } from "../../lib/time.ts";
import { type Fields, isFields, isList } from "../../protocol/fields.ts";
import { MembershipTable } from "../membership_table.ts";
import { type EventOutcome, UNCHANGED } from "../outcome.ts";

/** The newest `seq` that a person has read in a room. */
export interface Marker {
  readonly person: string;
  readonly room: string;
  readonly seq: number;
  /** True to set the marker, also to a lower `seq`; otherwise it only rises. */
  readonly back?: true;
}

/** People have read messages, or want some to be unread. One event has the markers of a server's last second. */
export interface MarkersEvent {
  readonly type: "markers";
  readonly markers: readonly Marker[];
  /** The ids of people who are connected, or were until now. */
  readonly seen?: readonly string[];
}

/** The markers kind's statement. */
export const MARKERS_SQL = {
  see: "update people set seen = ?1 where id = ?2 and (seen is null or seen < ?1)",
};

export const markersKind: Kind<MarkersEvent> = {
  parse({ markers, seen }: Fields): MarkersEvent | undefined {
    if (!Array.isArray(markers)) return undefined;
    const read = markers.map(parseMarker);
    if (read.includes(undefined)) return undefined;
    const event = { markers: read.filter((marker) => marker !== undefined) };
    if (seen === undefined) return { type: "markers", ...event };
    return isList(seen, isText) ? { type: "markers", ...event, seen } : undefined;
  },

  prepare(db) {
    const memberships = new MembershipTable(db);
    const see = db.prepare(MARKERS_SQL.see);
    return each(({ markers, seen = [] }, at): EventOutcome => {
      const hour = Math.floor(at / HOUR_MS);
      for (const person of seen) see.run(hour, person);
      const effects: Effect[] = [];
      for (const { person, room, seq, back } of markers) {
        const membership = memberships.of(person, room);
        if (membership === undefined) continue;
        // A copy of the page may have seen more than an older state that was restored.
        const wanted = Math.min(seq, membership.last);
        const read = back ? wanted : Math.max(wanted, membership.read);
        // Devices may have received a marker that was set back, and again, before it was stored.
        if (read === membership.read && !back) continue;
        memberships.mark(membership, read);
        effects.push({ type: "membership", person, room, late: true });
      }
      return effects.length === 0 ? UNCHANGED : { type: "changed", effects };
    });
  },
};

function parseMarker(value: unknown): Marker | undefined {
  if (!isFields(value)) return undefined;
  const { person, room, seq, back } = value;
  if (!isText(person) || !isText(room) || !isNumber(seq)) return undefined;
  return back === true ? { person, room, seq, back } : { person, room, seq };
}
