import { each, isCount, isText, isTime, type Kind } from "../kind.ts";
import { DAY_MS } from "../../lib/time.ts";
import type { Fields } from "../../protocol/fields.ts";
import { prepareInvitedRoom } from "../invited_rooms.ts";
import { type StoredLink, StoredLinks } from "../links.ts";
import { SessionTable } from "../session_table.ts";
import { refused } from "../outcome.ts";
import { Permissions } from "../permissions.ts";
import { prepareDefaultRooms } from "../default_rooms.ts";
import { type Effect, LOGGED_OUT } from "../../hub/effects.ts";
import { integer, string } from "../rows.ts";
import { Restrictions } from "../restrictions.ts";

/** Somebody takes a name in place of the former one, perhaps with a new secret. */
export interface NameEvent {
  readonly type: "name";
  /** The person's id. */
  readonly person: string;
  readonly name: string;
  /** The name's `uniqueKey`, computed by the sender's server: its Unicode tables may be others. */
  readonly key: string;
  /** The name's `writtenKey`, if it has one. */
  readonly written?: string;
  /** The slow hash of a new secret; without it the former one stays. */
  readonly secret?: string;
  /** With `secret`: the person's generation when the right to set it was checked. Former servers have left it out. */
  readonly generation?: number;
  /** The hash of the token of the invitation that a newcomer has followed. */
  readonly invite?: string;
  /** The day of use, in days since 1970. */
  readonly used: number;
}

/** The name kind's statements. */
export const NAME_SQL = {
  /** Another person whose name can be confused with the keys `?1` and `?2`; `?2` is `?1` if there is no other key. */
  other: `
    select id from people where (key in (?1, ?2) or written in (?1, ?2)) and id <> ?3 limit 1
  `,
  former: "select name, generation from people where id = ?",
  take: `
    insert into people (id, name, key, written, secret, used) values (?, ?, ?, ?, ?, ?)
    on conflict (id) do update set
      name = excluded.name,
      key = excluded.key,
      written = excluded.written,
      secret = coalesce(excluded.secret, secret),
      generation = generation + (excluded.secret is not null),
      used = excluded.used
  `,
};

export const nameKind: Kind<NameEvent> = {
  parse(fields: Fields): NameEvent | undefined {
    const { person, name, key, written, secret, generation, invite, used } = fields;
    if (!isText(person) || !isText(name) || !isText(key) || !isTime(used, DAY_MS)) return undefined;
    if (secret !== undefined && !isText(secret)) return undefined;
    if (written !== undefined && !isText(written)) return undefined;
    if (invite !== undefined && !isText(invite)) return undefined;
    if (generation !== undefined && !isCount(generation)) return undefined;
    return {
      ...{ type: "name", person, name, key, used },
      ...(written !== undefined && { written }),
      ...(secret !== undefined && { secret }),
      ...(generation !== undefined && { generation }),
      ...(invite !== undefined && { invite }),
    };
  },

  prepare(db) {
    const other = db.prepare(NAME_SQL.other);
    const former = db.prepare(NAME_SQL.former);
    const take = db.prepare(NAME_SQL.take);
    const permissions = new Permissions(db);
    const joinDefaultRooms = prepareDefaultRooms(db);
    const joinInvited = prepareInvitedRoom(db);
    const links = new StoredLinks(db);
    const sessions = new SessionTable(db);
    const restrictions = new Restrictions(db);
    return each(({ person, name, key, written, secret, generation, invite, used }, at) => {
      // A command that was under way when its person was banned changes nothing: the name stays reserved.
      if (permissions.isBanned(person)) return refused("forbidden", "the person is banned");
      if (permissions.isDeleted(person)) return refused("forbidden", "the account was deleted");
      if (other.get(key, written ?? key, person)) {
        return { type: "refused", code: "name_taken", reason: "another person owns the name" };
      }
      const was = former.get(person);
      // A name is read by everyone. Its owner may still set a secret.
      if (was?.name !== name && integer(restrictions.of(person)?.muted ?? 0) > at) {
        return refused("muted", "the person is muted");
      }
      if (generation !== undefined && integer(was?.generation ?? 0) !== generation) {
        return refused("stale", "the secret changed, or all sessions were ended");
      }
      if (was === undefined && invite === undefined && !permissions.mayEnter(person)) {
        return refused("forbidden", "newcomers need an invitation");
      }
      let followed: StoredLink | undefined;
      if (was === undefined && invite !== undefined) {
        const link = links.find(invite, at);
        if (link?.kind !== "invite" || !permissions.mayInvite(link.by, link.room)) {
          return refused(
            "stale",
            "the invitation was used up, revoked or expired, or whoever made it may not invite any more",
          );
        }
        links.use(invite);
        followed = link;
      }
      take.run(person, name, key, written ?? null, secret ?? null, used);
      if (secret !== undefined) {
        links.removeResets(person);
        // The statement has ended them.
        sessions.removeAll(person);
      }
      const user = { id: person, name };
      // A new secret ends all sessions of the person.
      const ending = { type: "disconnect", person, closing: LOGGED_OUT } as const;
      const elsewhere = secret === undefined ? {} : { elsewhere: [ending] };
      if (was) return { type: "named", user, key, was: string(was.name), ...elsewhere };
      // A guest is a member now.
      const line = { type: "you", user, ...permissions.access(person) } as const;
      const effects: Effect[] = [{ type: "send", to: { people: [person] }, line }];
      const invited = followed && joinInvited(followed, person, at);
      effects.push(...joinDefaultRooms(person, at), ...invited ?? []);
      return { type: "named", user, key, effects };
    });
  },
};
