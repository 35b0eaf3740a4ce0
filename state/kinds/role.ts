import { each, isText, type Kind } from "../kind.ts";
import type { Fields } from "../../protocol/fields.ts";
import { Audit } from "../audit.ts";
import { type EventOutcome, refused, UNCHANGED } from "../outcome.ts";
import { StoredLinks } from "../links.ts";
import { Permissions } from "../permissions.ts";

/** A person becomes an admin, or a member again. */
export interface RoleEvent {
  readonly type: "role";
  /** The id of a person who has a name. */
  readonly person: string;
  readonly role: "member" | "admin";
  /** The admin who wants it; absent for the terminal, which is always allowed. */
  readonly by?: string;
}

/** The role kind's statements. */
export const ROLE_SQL = {
  person: "select role from people where id = ?",
  set: "update people set role = ? where id = ?",
};

export const roleKind: Kind<RoleEvent> = {
  parse({ person, role, by }: Fields): RoleEvent | undefined {
    if (!isText(person) || (role !== "member" && role !== "admin")) return undefined;
    if (by !== undefined && !isText(by)) return undefined;
    return { type: "role", person, role, ...(by !== undefined && { by }) };
  },

  prepare(db) {
    const find = db.prepare(ROLE_SQL.person);
    const set = db.prepare(ROLE_SQL.set);
    const permissions = new Permissions(db);
    const audit = new Audit(db);
    const links = new StoredLinks(db);
    return each(({ person, role, by }, at): EventOutcome => {
      if (by !== undefined && !permissions.mayAdminister(by)) {
        return refused("forbidden", "only an admin may set roles");
      }
      const row = find.get(person);
      if (row === undefined) return refused("no_person", "there is nobody with this id and a name");
      const former = row.role === "admin" ? "admin" : "member";
      if (role === former) return UNCHANGED;
      if (permissions.isBanned(person)) return refused("forbidden", "the person is banned");
      if (role === "member" && permissions.isLastAdmin(person)) {
        return refused("last_admin", "this is the last admin: make somebody else an admin first");
      }
      set.run(role === "admin" ? role : null, person);
      if (role === "admin") links.claimed();
      audit.add({ at, by, action: "role", person, detail: role });
      return {
        type: "changed",
        effects: [...permissions.announce(person), ...permissions.announceAdmins()],
      };
    });
  },
};
