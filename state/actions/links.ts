import type { LinksCommand } from "../../protocol/mod.ts";
import { isHiddenRoom } from "../../protocol/addresses.ts";
import { parseOwnName } from "../../people/denial.ts";
import { uniqueKey, writtenKey } from "../../people/name_keys.ts";
import { judgeInviter } from "../kinds/invite.ts";
import { UNCHANGED } from "../outcome.ts";
import { type ActionHandlers, answerTo, change, errorLine } from "./action.ts";

/** The commands of the capability of helping people in. */
export const LINKS_ACTIONS: ActionHandlers<LinksCommand> = {
  rename: async (command, context) => {
    const { person, name, id } = command;
    if (!context.permissions.mayAdminister(context.person)) {
      return errorLine("forbidden", "it is for admins", id);
    }
    if ("problem" in parseOwnName(name)) return errorLine("bad_name", "it is a guest's name", id);
    if (context.names.isHeld(name, person)) {
      return errorLine("name_taken", "somebody has the name while connected", id);
    }
    const was = context.permissions.summary(person).name;
    const [key, written] = [uniqueKey(name), writtenKey(name)];
    const answer = await change(
      {
        ...{ type: "rename", person, name, key, by: context.person },
        ...(written !== undefined && { written }),
      },
      command,
      context,
    );
    if (answer.type === "ok" && was !== name) context.names.rename({ id: person, name }, was);
    return answer;
  },

  reset_link: async (command, context) => {
    const { person, id } = command;
    const { append, links, permissions, person: by } = context;
    // Whoever may not do it must not have others wait for the event.
    if (!permissions.mayAdminister(by)) return errorLine("forbidden", "it is for admins", id);
    const made = await links.makeReset(person, by, append);
    if ("type" in made) return answerTo(made, id);
    return { type: "link", ...(id !== undefined && { id }), kind: "reset", ...made };
  },

  invite: async (command, context) => {
    const { type: _, id, ...options } = command;
    const { append, invitations, links, permissions, person } = context;
    const refusal = judgeInviter(permissions, person, options.room);
    if (refusal !== undefined) return answerTo(refusal, id);
    const retry = permissions.mayAdminister(person) ? 0 : invitations.take(person);
    if (retry > 0) {
      return { ...errorLine("rate_limited", "you invite too often", id), retry };
    }
    const made = await links.makeInvite(options, person, append);
    if ("type" in made) return answerTo(made, id);
    return { type: "link", ...(id !== undefined && { id }), kind: "invite", ...made };
  },

  invites: ({ id }, { links, permissions, person, reports }) => {
    const isAdmin = permissions.mayAdminister(person);
    const all = links.invites();
    const shown = isAdmin ? all : all.filter(({ by }) => by === person);
    if (!isAdmin && shown.length === 0 && reports.moderated(person).size === 0) {
      return errorLine("forbidden", "it is for admins, and for moderators of private rooms", id);
    }
    const invites = shown.map(({ hash, by = "", at, until, uses, used = 0, room }) => ({
      ...{ link: hash, by, at, until, used },
      ...(uses !== undefined && { uses }),
      ...(room !== undefined && { room }),
    }));
    return { type: "invites", ...(id !== undefined && { id }), invites };
  },

  accept: async ({ link, id }, { links, person, append }) => {
    const found = await links.find(link);
    if (found?.kind !== "invite") {
      return errorLine("stale", "the invitation was used up, revoked or has expired", id);
    }
    const { hash, room = "" } = found;
    // To a public room everyone may go.
    const event = { type: "invite_accepted", hash, person } as const;
    return answerTo(isHiddenRoom(room) ? await append(event) : UNCHANGED, id);
  },

  revoke: (command, context) => {
    const { link: hash } = command;
    return change({ type: "revoke", hash, by: context.person }, command, context);
  },
};
