import type { DatabaseSync, StatementSync } from "node:sqlite";
import { statementsOf } from "./lazy_statements.ts";
import { nextKey, string } from "./rows.ts";

/** The lines that are read at once. */
const ROWS = 500;

/** Every statement. Exported for the test that checks that each of them uses an index. */
export const ABOUT_SQL = {
  aboutOf: "select text from about where person = ?",
  setAbout: `
    insert into about (person, text) values (?1, ?2) on conflict (person) do update set text = ?2
  `,
  removeAbout: "delete from about where person = ?",
  aboutsAfter: `select person, text from about where person > ? order by person limit ${ROWS}`,
};

/** What people say about themselves: a line each. */
export class AboutTable {
  readonly #sql: { readonly [Name in keyof typeof ABOUT_SQL]: StatementSync };

  constructor(db: DatabaseSync) {
    this.#sql = statementsOf(db, ABOUT_SQL);
  }

  /** Returns the line of a person; empty if there is none. */
  of(person: string): string {
    return string(this.#sql.aboutOf.get(person)?.text ?? "");
  }

  /** Changes the line of a person; an empty one removes it. */
  set(person: string, text: string): void {
    if (text === "") this.#sql.removeAbout.run(person);
    else this.#sql.setAbout.run(person, text);
  }

  /** Returns every line, by person. */
  *all(): Generator<{ readonly person: string; readonly text: string }> {
    for (let rows, after = ""; (rows = this.#sql.aboutsAfter.all(after)).length > 0;) {
      for (const { person, text } of rows) yield { person: string(person), text: string(text) };
      after = nextKey(rows.at(-1)?.person, after);
    }
  }
}
