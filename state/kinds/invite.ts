import { each, isCount, isLasting, isText, type Kind } from "../kind.ts";
import { DAY_MS } from "../../lib/time.ts";
import type { Fields } from "../../protocol/fields.ts";
import { INVITES_LIMIT } from "../../protocol/links.ts";
import { Audit } from "../audit.ts";
import { isUsable, StoredLinks } from "../links.ts";
import { CHANGED, type EventOutcome, NO_ROOM, refused } from "../outcome.ts";
import { Permissions } from "../permissions.ts";

/** The most invitations of a person who is no admin. */
export const MODERATOR_INVITES = 20;

/** The invitations beyond which only admins make more: one person can be many moderators. */
export const MODERATORS_INVITES = INVITES_LIMIT / 2;

/** An admin makes a link with which newcomers can take a name and a secret. */
export interface InviteEvent {
  readonly type: "invite";
  /** The hash of the link's token. */
  readonly hash: string;
  /** For how long it works, in ms. */
  readonly lasts: number;
  /** The number of newcomers it admits; absent for any number. */
  readonly uses?: number;
  /** The public room that they see first. */
  readonly room?: string;
  readonly by: string;
}

/** Returns why a person may not invite anybody, to a room if one is given; undefined if that is allowed. */
export function judgeInviter(
  permissions: Permissions,
  by: string,
  room: string | undefined,
): EventOutcome | undefined {
  if (permissions.mayInvite(by, room)) return undefined;
  return room !== undefined && !permissions.mayRead(by, room)
    ? refused(...NO_ROOM)
    : refused("forbidden", "it is for admins, and for moderators of a private room");
}

export const inviteKind: Kind<InviteEvent> = {
  parse({ hash, lasts, uses, room, by }: Fields): InviteEvent | undefined {
    if (!isText(hash) || !isLasting(lasts, 1) || !isText(by)) return undefined;
    if (uses !== undefined && !isCount(uses)) return undefined;
    if (room !== undefined && !isText(room)) return undefined;
    return {
      ...{ type: "invite", hash, lasts, by },
      ...(uses !== undefined && { uses }),
      ...(room !== undefined && { room }),
    };
  },

  prepare(db) {
    const links = new StoredLinks(db);
    const permissions = new Permissions(db);
    const audit = new Audit(db);
    return each(({ hash, lasts, uses, room, by }, at): EventOutcome => {
      const refusal = judgeInviter(permissions, by, room);
      if (refusal !== undefined) return refusal;
      const all = links.invites();
      const isAdmin = permissions.mayAdminister(by);
      // Moderators leave place for the invitations of others, and all of them for those of admins.
      const invites = isAdmin ? all : all.filter((invite) => invite.by === by);
      const isFull = isAdmin
        ? all.length >= INVITES_LIMIT
        : all.length >= MODERATORS_INVITES || invites.length >= MODERATOR_INVITES;
      if (isFull) {
        const ended = invites.findLast((invite) => !isUsable(invite, at));
        if (ended === undefined) return refused("too_many", "there are too many: revoke some");
        links.remove(ended.hash);
      }
      links.add({
        ...{ hash, kind: "invite", at, until: at + lasts, by },
        ...(uses !== undefined && { uses }),
        ...(room !== undefined && { room }),
      });
      audit.add({
        at,
        by,
        action: "invite",
        detail: `${uses ?? "∞"} ${lasts / DAY_MS} ${room ?? ""}`,
      });
      return CHANGED;
    });
  },
};
