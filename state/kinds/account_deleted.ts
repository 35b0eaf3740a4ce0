import { each, isCount, isText, type Kind } from "../kind.ts";
import type { Fields } from "../../protocol/fields.ts";
import { ACCOUNT_DELETED, type Effect } from "../../hub/effects.ts";
import { AccountEnd } from "../account_end.ts";
import { Audit } from "../audit.ts";
import { prepareInvitationEnd } from "../invited_rooms.ts";
import { MessageRemoval } from "../message_removal.ts";
import { type EventOutcome, refused } from "../outcome.ts";
import { Permissions } from "../permissions.ts";
import { integer, string } from "../rows.ts";

/** A person deletes their account, or an admin that of another. */
export interface AccountDeletedEvent {
  readonly type: "account_deleted";
  /** The id of a person who has a name. */
  readonly person: string;
  /** The admin who wants it; absent for the person themselves. */
  readonly by?: string;
  /** The person's generation when the cookie and the secret were checked; absent for an admin. */
  readonly generation?: number;
  /** True if the person's messages go, too; see `MessagesRemovedEvent`. */
  readonly messages?: true;
}

/** The account_deleted kind's statement. */
export const ACCOUNT_DELETED_SQL = {
  account: "select name, generation from people where id = ?",
};

export const accountDeletedKind: Kind<AccountDeletedEvent> = {
  parse({ person, by, generation, messages }: Fields): AccountDeletedEvent | undefined {
    if (!isText(person) || (messages !== undefined && messages !== true)) return undefined;
    const event = {
      ...{ type: "account_deleted" as const, person },
      ...(messages === true && { messages: true as const }),
    };
    if (by !== undefined) return isText(by) ? { ...event, by } : undefined;
    return isCount(generation) ? { ...event, generation } : undefined;
  },

  prepare(db) {
    const find = db.prepare(ACCOUNT_DELETED_SQL.account);
    const permissions = new Permissions(db);
    const audit = new Audit(db);
    const end = new AccountEnd(db);
    const endInvitations = prepareInvitationEnd(db);
    const removal = new MessageRemoval(db, permissions);
    return each(({ person, by, generation, messages }, at): EventOutcome => {
      const refusal = by === undefined ? undefined : permissions.mayModerate(by, person);
      if (refusal !== undefined) return refused("forbidden", refusal);
      const row = find.get(person);
      if (row === undefined) return refused("no_person", "there is nobody with this id and a name");
      if (generation !== undefined && integer(row.generation) !== generation) {
        return refused("stale", "the secret changed, or all sessions were ended");
      }
      if (permissions.isLastAdmin(person)) {
        return refused("last_admin", "this is the last admin: make somebody else an admin first");
      }
      const wasAdmin = permissions.mayAdminister(person);
      // An admin may mean to keep the person out, who can be a newcomer with them.
      if (by !== undefined) endInvitations(person);
      const ended = end.delete(person);
      // Of an account that its person deletes, not even its name stays.
      const detail = by === undefined ? {} : { detail: string(row.name) };
      audit.add({ at, by: by ?? person, action: "delete_account", person, ...detail });
      if (messages) {
        const deleted = by === undefined ? "author" : "moderator";
        const wish = { person, by: by ?? person, deleted, directs: true } as const;
        removal.begin({ ...wish, lowest: 0, since: 0 }, at);
      }
      const effects: Effect[] = [
        { type: "disconnect", person, own: true, closing: ACCOUNT_DELETED },
        { type: "send", to: "everyone", line: { type: "account_deleted", person } },
        ...ended,
      ];
      if (wasAdmin) effects.push(...permissions.announceAdmins());
      return { type: "changed", effects, erases: true };
    });
  },
};
