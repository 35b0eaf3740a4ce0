import { type AuditRecord, type ModerationCommand, type ServerLine } from "../../protocol/mod.ts";
import type { DeleteAccountCommand } from "../../protocol/accounts.ts";
import {
  type AuditLine,
  type BansLine,
  LIST_LIMIT,
  type PeopleLine,
} from "../../protocol/moderation.ts";
import { integer, string } from "../rows.ts";
import { type ActionContext, type ActionHandlers, change, errorLine } from "./action.ts";

/** Every statement. Exported for the test that checks that each of them uses an index. */
export const MODERATION_SQL = {
  people: "select id, key from people where key > ? order by key limit ?",
  bans: "select person, name, at, by, reason from ban where person > ? order by person limit ?",
  audit: "select * from audit where n < ? order by n desc limit ?",
};

/** The commands of the capability of keeping order. */
export const MODERATION_ACTIONS: ActionHandlers<ModerationCommand | DeleteAccountCommand> = {
  mute: (command, context) => {
    const { person, seconds } = command;
    const event = { type: "mute", person, by: context.person } as const;
    return change(seconds === undefined ? event : { ...event, seconds }, command, context);
  },

  ban: (command, context) => {
    const { person, reason = "" } = command;
    const name = context.permissions.shownName(person);
    const event = { type: "ban", person, name, banned: true, reason, by: context.person } as const;
    const { network } = context;
    return change(command.network ? { ...event, spare: network } : event, command, context);
  },

  unban: (command, context) => {
    const { person } = command;
    const event = { type: "ban", person, name: "", banned: false, reason: "" } as const;
    return change({ ...event, by: context.person }, command, context);
  },

  unban_network: (command, context) => {
    const { network } = command;
    return change({ type: "network_unbanned", network, by: context.person }, command, context);
  },

  end_sessions: (command, context) => {
    const { person } = command;
    return change({ type: "all_sessions_ended", person, by: context.person }, command, context);
  },

  delete_account: (command, context) => {
    const { person, messages } = command;
    const event = { type: "account_deleted", person, by: context.person } as const;
    return change(messages ? { ...event, messages } : event, command, context);
  },

  people: (command, context) =>
    list(command, context, ({ db, permissions }) => {
      const rows = db.prepare(MODERATION_SQL.people).all(command.after ?? "", LIST_LIMIT + 1);
      const people = rows.slice(0, LIST_LIMIT).map(({ id }) => permissions.summary(string(id)));
      const next = rows.length > LIST_LIMIT ? string(rows[LIST_LIMIT - 1]?.key) : undefined;
      return { type: "people", people, ...(next !== undefined && { next }) };
    }),

  bans: (command, context) =>
    list(command, context, ({ db, networkBans }) => {
      const rows = db.prepare(MODERATION_SQL.bans).all(command.after ?? "", LIST_LIMIT + 1);
      const bans = rows.slice(0, LIST_LIMIT).map(({ person, name, at, by, reason }) => {
        const networks = networkBans.of(string(person));
        return {
          user: { id: string(person), name: string(name) },
          at: integer(at),
          by: string(by),
          reason: string(reason),
          ...(networks.length > 0 && { networks }),
        };
      });
      const next = rows.length > LIST_LIMIT ? bans.at(-1)?.user.id : undefined;
      return { type: "bans", bans, ...(next !== undefined && { next }) };
    }),

  audit: (command, context) =>
    list(command, context, ({ db }) => {
      const before = command.before ?? Number.MAX_SAFE_INTEGER;
      const rows = db.prepare(MODERATION_SQL.audit).all(before, LIST_LIMIT + 1);
      const entries = rows.slice(0, LIST_LIMIT).map(
        ({ n, at, by, action, person, detail }): AuditRecord => ({
          ...{ n: integer(n), at: integer(at), action: string(action) },
          ...(by !== null && { by: string(by) }),
          ...(person !== null && { person: string(person) }),
          ...(detail !== null && { detail: string(detail) }),
        }),
      );
      return { type: "audit", entries, more: rows.length > LIST_LIMIT };
    }),
};

/** Answers an admin with what `read` returns, and with the id of the command. */
function list(
  { id }: ModerationCommand,
  context: ActionContext,
  read: (context: ActionContext) => PeopleLine | BansLine | AuditLine,
): ServerLine {
  if (!context.permissions.mayAdminister(context.person)) {
    return errorLine("forbidden", "it is for admins", id);
  }
  const line = read(context);
  return id === undefined ? line : { ...line, id };
}
