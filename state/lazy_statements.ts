import type { DatabaseSync, StatementSync } from "node:sqlite";

/**
 * Returns the statements of a table, each of which is prepared when it is used first. Many parts of the state and kinds
 * of events share a table, and most use only a few of its statements: preparing all of them, over a thousand, took
 * longer than the rest of opening a state.
 *
 * @param sql The statements by their names.
 */
export function statementsOf<Name extends string>(
  db: DatabaseSync,
  sql: Readonly<Record<Name, string>>,
): { readonly [N in Name]: StatementSync } {
  const unprepared = {};
  for (const [name, text] of Object.entries<string>(sql)) {
    Object.defineProperty(unprepared, name, {
      get() {
        const value = db.prepare(text);
        Object.defineProperty(this, name, { value });
        return value;
      },
    });
  }
  // A statement that is prepared hides its getter. The keys are those of the texts, which TypeScript can't follow through a map.
  return Object.create(unprepared) as { readonly [N in Name]: StatementSync };
}
