import { each, isText, type Kind } from "../kind.ts";
import type { Fields } from "../../protocol/fields.ts";
import { Audit } from "../audit.ts";
import { refused } from "../outcome.ts";
import { Permissions } from "../permissions.ts";
import { NAME_SQL } from "./name.ts";
import { string } from "../rows.ts";

/** An admin gives a person another name. */
export interface RenameEvent {
  readonly type: "rename";
  /** The id of a person who has a name. */
  readonly person: string;
  readonly name: string;
  /** The name's `uniqueKey`, computed by the sender's server. */
  readonly key: string;
  /** The name's `writtenKey`, if it has one. */
  readonly written?: string;
  readonly by: string;
}

/** The rename kind's statement. */
export const RENAME_SQL = {
  rename: "update people set name = ?, key = ?, written = ? where id = ?",
};

export const renameKind: Kind<RenameEvent> = {
  parse({ person, name, key, written, by }: Fields): RenameEvent | undefined {
    if (!isText(person) || !isText(name) || !isText(key) || !isText(by)) return undefined;
    if (written !== undefined && !isText(written)) return undefined;
    const event = { type: "rename", person, name, key, by } as const;
    return written === undefined ? event : { ...event, written };
  },

  prepare(db) {
    const other = db.prepare(NAME_SQL.other);
    const former = db.prepare(NAME_SQL.former);
    const rename = db.prepare(RENAME_SQL.rename);
    const permissions = new Permissions(db);
    const audit = new Audit(db);
    return each(({ person, name, key, written, by }, at) => {
      if (!permissions.mayAdminister(by)) return refused("forbidden", "it is for admins");
      const row = former.get(person);
      if (row === undefined) return refused("no_person", "there is nobody with this id and a name");
      if (other.get(key, written ?? key, person)) {
        return refused("name_taken", "another person owns the name, or one that looks like it");
      }
      const was = string(row.name);
      if (was === name) return { type: "unchanged" };
      rename.run(name, key, written ?? null, person);
      audit.add({ at, by, action: "rename", person, detail: `${was} → ${name}` });
      const effects = permissions.announce(person);
      return { type: "named", user: { id: person, name }, key, was, effects };
    });
  },
};
