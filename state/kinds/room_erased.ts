import { each, isNumber, type Kind } from "../kind.ts";
import type { Fields } from "../../protocol/fields.ts";
import { ERASED, UNCHANGED } from "../outcome.ts";
import { RoomEnd } from "../room_end.ts";

/** A step of the deletion of a room: at most 200 of its messages go, or ids of edits. Any server may propose the next one. */
export interface RoomErasedEvent {
  readonly type: "room_erased";
  /** The number of the job. */
  readonly job: number;
  /** The number of the step; any other than the next one changes nothing. */
  readonly step: number;
}

export const roomErasedKind: Kind<RoomErasedEvent> = {
  parse({ job, step }: Fields): RoomErasedEvent | undefined {
    return isNumber(job) && isNumber(step) ? { type: "room_erased", job, step } : undefined;
  },

  prepare(db) {
    const end = new RoomEnd(db);
    return each(({ job, step }) => end.step(job, step) ? ERASED : UNCHANGED);
  },
};
