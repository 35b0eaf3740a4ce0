import { each, isNumber, isText, type Kind } from "../kind.ts";
import type { Fields } from "../../protocol/fields.ts";
import { CHANGED, UNCHANGED } from "../outcome.ts";

/** A server has started: the first event of its run. Without it, a run is taken to know the old rules only. */
export interface ProgramEvent {
  readonly type: "program";
  /** The run that it is the first event of. */
  readonly run: string;
  /** The newest rules that its program can apply events by. */
  readonly rules: number;
}

/** The program kind's statement. */
export const PROGRAM_SQL = {
  set: "update run set rules = ?1 where id = ?2 and rules < ?1",
};

export const programKind: Kind<ProgramEvent> = {
  parse({ run, rules }: Fields): ProgramEvent | undefined {
    return isText(run) && isNumber(rules) ? { type: "program", run, rules } : undefined;
  },

  prepare(db) {
    const set = db.prepare(PROGRAM_SQL.set);
    return each(({ run, rules }) => set.run(rules, run).changes > 0 ? CHANGED : UNCHANGED);
  },
};
