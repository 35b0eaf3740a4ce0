import type { Fields } from "../../protocol/fields.ts";
import { prepareInvitedRoom } from "../invited_rooms.ts";
import { each, isText, type Kind } from "../kind.ts";
import { StoredLinks } from "../links.ts";
import { type EventOutcome, refused, UNCHANGED } from "../outcome.ts";
import { MembershipTable } from "../membership_table.ts";
import { Permissions } from "../permissions.ts";

/** A person who has a name follows an invitation to a private room, and becomes a member. Newcomers do by their name. */
export interface InviteAcceptedEvent {
  readonly type: "invite_accepted";
  /** The hash of the token. */
  readonly hash: string;
  readonly person: string;
}

export const inviteAcceptedKind: Kind<InviteAcceptedEvent> = {
  parse({ hash, person }: Fields): InviteAcceptedEvent | undefined {
    return isText(hash) && isText(person) ? { type: "invite_accepted", hash, person } : undefined;
  },

  prepare(db) {
    const links = new StoredLinks(db);
    const permissions = new Permissions(db);
    const memberships = new MembershipTable(db);
    const join = prepareInvitedRoom(db);
    return each(({ hash, person }, at): EventOutcome => {
      const room = links.roomOf(hash);
      // A newcomer may have used it up by taking a name.
      if (room !== undefined && memberships.of(person, room) !== undefined) return UNCHANGED;
      const link = links.find(hash, at);
      if (link?.kind !== "invite" || !permissions.mayInvite(link.by, link.room)) {
        return refused("stale", "the invitation was used up, revoked or expired");
      }
      if (!permissions.mayBecomeMember(person)) {
        return refused("forbidden", "it is for people who have a name");
      }
      const effects = join(link, person, at);
      if (effects === undefined) return refused("too_many", "you are in too many rooms");
      if (effects.length === 0) return UNCHANGED;
      links.use(hash);
      return { type: "changed", effects };
    });
  },
};
