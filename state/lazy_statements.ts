import type { DatabaseSync, StatementSync } from "node:sqlite";

/**
 * Returns the statements of a table, each of which is prepared when it is used first: many kinds of events share a
 * table, and most use only a few of its statements.
 *
 * @param sql The statements by their names.
 */
export function statementsOf<Name extends string>(
  db: DatabaseSync,
  sql: Readonly<Record<Name, string>>,
): { readonly [N in Name]: StatementSync } {
  const statements = {};
  for (const [name, text] of Object.entries<string>(sql)) {
    Object.defineProperty(statements, name, {
      get() {
        const value = db.prepare(text);
        Object.defineProperty(statements, name, { value });
        return value;
      },
      configurable: true,
    });
  }
  // The keys are those of the texts, which TypeScript can't follow through a map.
  return statements as { readonly [N in Name]: StatementSync };
}
