import type { DatabaseSync, StatementSync } from "node:sqlite";
import { statementsOf } from "./lazy_statements.ts";
import type { HubPermissions, Mute, VisibleRoom } from "../hub/permissions.ts";
import type { Effect } from "../hub/effects.ts";
import {
  type Access,
  type ChatSettings,
  DEFAULT_ROOM,
  EVERYONE,
  type HelloLine,
  isHiddenRoom,
  NEW_ROOM,
  type PersonSummary,
  type Role,
} from "../protocol/mod.ts";
import { GUEST_PREFIX } from "../protocol/names.ts";
import { ADMINS_LIMIT } from "../protocol/roles.ts";
import type { Proof, SessionKey } from "../protocol/sessions.ts";
import type { Attachment } from "./attachment_table.ts";
import type { Database } from "./database.ts";
import { FileReaders } from "./file_readers.ts";
import { MembershipTable } from "./membership_table.ts";
import { NetworkBans } from "./network_bans.ts";
import { LASTING, Restrictions } from "./restrictions.ts";
import { DoNotDisturbTable } from "./do_not_disturb_table.ts";
import { SessionTable } from "./session_table.ts";
import { StoredSettings } from "./settings.ts";
import { type EventOutcome, NO_ROOM, type RoomRefusal } from "./outcome.ts";
import { RoomRights } from "./room_rights.ts";
import { RoomTable, toInfo } from "./room_table.ts";
import { type DatabaseRow, integer, string } from "./rows.ts";

/** Every statement. Exported for the test that checks that each of them uses an index. */
export const PERMISSIONS_SQL = {
  person: "select name, secret from people where id = ?",
  role: "select role from people where id = ?",
  admins: "select id from people where role = 'admin' order by id",
  access: `
    select case
      when room.kind = 'public' then 1
      when room.id is null
        then iif(?3 or exists (select 1 from old_address where name = ?2), null, 1)
      else coalesce(member.visible_from, iif(
        room.kind = 'direct' and instr(' ' || room.people || ' ', ' ' || ?1 || ' '), 1, null
      )) end as visible
    from (select 1) left join room on room.name = ?2
    left join membership as member on member.person = ?1 and member.room = coalesce(room.id, -1)
  `,
  readersAmong: `
    select asked.value as person from room cross join json_each(?1) as asked
    left join membership as member on member.person = asked.value and member.room = room.id
    where room.name = ?2 and (
      member.visible_from is not null or
      (room.kind = 'direct' and instr(' ' || room.people || ' ', ' ' || asked.value || ' '))
    )
  `,
  view: `
    select room.*, member.person as member, member.role as role from room
    left join membership as member on member.person = ?1 and member.room = room.id
    where room.name = ?2
  `,
  moved: `
    select room.name as name from old_address join room on room.id = old_address.room
    where old_address.name = ?
  `,
};

/** Runs what reads, and notes the damage of the file if that is why it throws. */
export type Guard = Database["guard"];

/**
 * Decides who may do what, by reading the tables alone. Applying an event asks it at the event's place in the
 * log, so that the answer is the same on every server; the hub and the HTTP routes ask it before they let
 * somebody in or give something out. `server/exits_test.ts` lists every exit with its question.
 */
export class Permissions implements HubPermissions {
  readonly #sql: { readonly [Name in keyof typeof PERMISSIONS_SQL]: StatementSync };
  readonly #restrictions: Restrictions;
  readonly #settings: StoredSettings;
  readonly #memberships: MembershipTable;
  readonly #networks: NetworkBans;
  readonly #doNotDisturb: DoNotDisturbTable;
  readonly #sessions: SessionTable;
  readonly #files: FileReaders;
  readonly #rooms: RoomTable;
  readonly #rights: RoomRights;
  readonly #guard: Guard;
  readonly now: () => number;

  /**
   * @param guard Runs each read; by default the caller notes the damage of the file.
   * @param now Returns the log's time.
   */
  constructor(
    db: DatabaseSync,
    guard: Guard = (read) => read(),
    now: () => number = Date.now,
  ) {
    this.#guard = guard;
    this.now = now;
    this.#restrictions = new Restrictions(db);
    this.#settings = new StoredSettings(db);
    this.#memberships = new MembershipTable(db);
    this.#networks = new NetworkBans(db);
    this.#doNotDisturb = new DoNotDisturbTable(db);
    this.#sessions = new SessionTable(db);
    this.#files = new FileReaders(db);
    this.#rooms = new RoomTable(db);
    this.#rights = new RoomRights(db, this);
    this.#sql = statementsOf(db, PERMISSIONS_SQL);
  }

  /** Returns the role of a person; a person who is not stored is a guest. */
  role(person: string): Role {
    const row = this.#guard(() => this.#sql.role.get(person));
    if (row === undefined) return "guest";
    return row.role === "admin" ? "admin" : "member";
  }

  /** Returns a person's role and rights, as the person is to know them. */
  access(person: string): Access {
    const role = this.role(person);
    const muted = integer(this.#restrictionsOf(person)?.muted ?? 0);
    const undisturbed = this.#guard(() => this.#doNotDisturb.of(person));
    return {
      role,
      may: { administer: role === "admin", createRooms: this.mayCreateRooms(person) },
      ...(muted > 0 && { muted }),
      ...(undisturbed > 0 && { undisturbed }),
    };
  }

  /** Returns the ids of all admins, in their order. */
  admins(): string[] {
    return this.#guard(() => this.#sql.admins.all()).map(({ id }) => string(id));
  }

  /** Returns whether a person may change roles, people and settings, and read the audit log. */
  mayAdminister(person: string): boolean {
    return this.role(person) === "admin";
  }

  /** Returns whether a link that somebody made still works; the terminal's and the server's always do. */
  mayHelp(by: string | undefined): boolean {
    return by === undefined || this.mayAdminister(by);
  }

  /** Returns whether a person may invite newcomers, or people to a private room, which its moderators may. */
  mayInvite(by: string | undefined, room?: string): boolean {
    if (by === undefined || room === undefined || !isHiddenRoom(room)) return this.mayHelp(by);
    const view = this.mayEnter(by) ? this.viewOf(by, room) : undefined;
    return view?.role === "moderator" && view.info.kind === "private";
  }

  /** Returns whether there would be no admin without a person. */
  isLastAdmin(person: string): boolean {
    const admins = this.admins();
    return admins.length === 1 && admins[0] === person;
  }

  /**
   * Returns why a person may not mute, ban, rename or end the sessions of another; undefined if that is allowed.
   */
  mayModerate(by: string, person: string): string | undefined {
    if (!this.mayAdminister(by)) return "it is for admins";
    return by === person ? "this is yourself" : undefined;
  }

  /** Returns whether a person is banned. */
  isBanned(person: string): boolean {
    return this.#restrictionsOf(person)?.banned === 1;
  }

  isLoggedIn(session: SessionKey): boolean {
    return this.#guard(() => this.#sessions.isValid(session));
  }

  isProven({ person, generation }: Proof): boolean {
    return this.#guard(() => this.#sessions.generationOf(person)) <= generation;
  }

  isKeptOut(person: string, network: string, now: number): boolean {
    return this.#guard(() => this.#networks.until(network)) > now && !this.mayAdminister(person);
  }

  isDeleted(person: string): boolean {
    return this.#restrictionsOf(person)?.deleted === 1;
  }

  /** Everybody may who is not banned; where newcomers need a link, only people with a name. */
  mayEnter(person: string): boolean {
    if (this.isBanned(person) || this.isDeleted(person)) return false;
    return this.#readSettings().entry === "open" || this.role(person) !== "guest";
  }

  /** Returns a person as admins see them; the name of a guest is empty. */
  summary(person: string): PersonSummary {
    const row = this.#guard(() => this.#sql.person.get(person));
    const muted = integer(this.#restrictionsOf(person)?.muted ?? 0);
    return {
      ...{ id: person, name: string(row?.name ?? ""), role: this.role(person) },
      secret: row !== undefined && row.secret !== null,
      ...(muted > 0 && { muted }),
      ...(this.isBanned(person) && { banned: true as const }),
    };
  }

  /** Returns whether a first message of a person may make a room. */
  mayMake(person: string, room: string): boolean {
    return this.mayRead(person, room) && (room === DEFAULT_ROOM || this.mayCreateRooms(person));
  }

  /** Returns the name of a person as others see it; of a guest, the one that the server gave. */
  shownName(person: string): string {
    const row = this.#guard(() => this.#sql.person.get(person));
    return row === undefined ? GUEST_PREFIX + person.slice(0, 4) : string(row.name);
  }

  /** The effects of a change of a person's role or rights: sent to the person and all admins. */
  announce(person: string): Effect[] {
    const line = { type: "person", person: this.summary(person) } as const;
    return [this.announceTo(person), { type: "send", to: { people: this.admins() }, line }];
  }

  /** The effect of a change that concerns the person alone. */
  announceTo(person: string): Effect {
    const user = { id: person, name: this.summary(person).name };
    const line = { type: "you", user, ...this.access(person) } as const;
    return { type: "send", to: { people: [person] }, line };
  }

  /** The effects of a change of the admins: a line to everyone. */
  announceAdmins(): Effect[] {
    const line = { type: "admins", admins: this.admins().slice(0, ADMINS_LIMIT) } as const;
    return [{ type: "send", to: "everyone", line }];
  }

  /**
   * Everybody may know of a public room, and of an address that nobody has used yet; members of a private one, and the
   * people of a direct one. Of a hidden address it asks the same, whether there is a room or not.
   */
  viewOf(person: string, room: string): VisibleRoom | undefined {
    const from = this.visibleFrom(person, room);
    if (from === undefined) return undefined;
    const row = this.#guard(() => this.#sql.view.get(person, room));
    if (row === undefined) return { from, made: false, info: NEW_ROOM };
    return {
      ...{ from, made: true, info: toInfo(row) },
      ...(row.member !== null && { role: row.role === "moderator" ? "moderator" : "member" }),
    };
  }

  /** Returns the first `seq` that a person may see in a room; undefined if there is, for that person, no such room. */
  visibleFrom(person: string, room: string): number | undefined {
    const hidden = Number(isHiddenRoom(room));
    const row = this.#guard(() => this.#sql.access.get(person, room, hidden));
    return row === undefined || row.visible === null ? undefined : integer(row.visible);
  }

  readersAmong(people: readonly string[], room: string): ReadonlySet<string> {
    const rows = this.#guard(() => this.#sql.readersAmong.all(JSON.stringify(people), room));
    return new Set(rows.map(({ person }) => string(person)));
  }

  /** Returns whether there is, for a person, such a room. */
  mayRead(person: string, room: string): boolean {
    return this.visibleFrom(person, room) !== undefined;
  }

  /**
   * Returns a file that a person may read, who may read a message that names it, has uploaded it while none does, or sees it
   * for a report as an admin; a preview goes with its file. Undefined also if there is none. Of each id it asks the same.
   */
  readableFile(person: string, id: string): Attachment | undefined {
    if (!this.mayEnter(person)) return undefined;
    return this.#guard(() => this.#files.readable(person, id, this.mayAdminister(person)));
  }

  /** Returns whether a person may read a file; see {@linkcode readableFile}. */
  mayReadFile(person: string, id: string): boolean {
    return this.readableFile(person, id) !== undefined;
  }

  /**
   * Returns the files that a message of a person who may write may name: those that the person may read, and which are no
   * previews; or the refusal. A message has up to ten of them, so that it asks no more than needed.
   *
   * @param roomId Its room; absent for one that is not made yet.
   */
  nameableFiles(
    person: string,
    ids: readonly string[],
    roomId?: number,
  ): readonly Attachment[] | EventOutcome {
    return this.#files.nameable(person, ids, roomId);
  }

  movedTo(person: string, room: string): string | undefined {
    const row = this.#guard(() => this.#sql.moved.get(room));
    const to = row && string(row.name);
    return to !== undefined && this.mayRead(person, to) ? to : undefined;
  }

  /**
   * Returns why a person may not change a room, its people or its moderators; undefined if that is allowed. Admins may
   * change public rooms. A direct room never changes.
   */
  mayManage(person: string, room: string): RoomRefusal | undefined {
    const view = this.viewOf(person, room);
    if (!view?.made) return NO_ROOM;
    if (view.info.kind === "direct") return ["forbidden", "a direct room can't be changed"];
    if (!this.mayEnter(person)) return ["forbidden", "you are banned"];
    if (view.role === "moderator") return undefined;
    if (view.info.kind === "public" && this.mayAdminister(person)) return undefined;
    return ["forbidden", "it is for moderators of the room"];
  }

  /** As {@linkcode mayManage}; admins may also do it to private rooms that they don't read. */
  mayClose(person: string, room: string): RoomRefusal | undefined {
    const row = this.mayAdminister(person)
      ? this.#guard(() => this.#sql.view.get(person, room))
      : undefined;
    return row?.kind === "private" ? undefined : this.mayManage(person, room);
  }

  /** Returns whether a person can be a member of rooms: somebody with a name who is not banned. */
  mayBecomeMember(person: string): boolean {
    return this.role(person) !== "guest" && !this.isBanned(person);
  }

  /**
   * Returns those of the people whom a message mentions who can read its room, in the order of their ids, without its
   * author. Everyone is mentioned by a member of a small room, or by whoever is in charge; then only others besides.
   */
  mentionable(author: string, room: string, mentions: readonly string[]): string[] {
    const everyone = mentions.includes(EVERYONE) && this.#mayMentionEveryone(author, room);
    const people = new Set(mentions);
    people.delete(EVERYONE);
    people.delete(author);
    const named = [...people].filter((person) =>
      this.mayBecomeMember(person) && this.mayRead(person, room) &&
      !(everyone && this.#memberships.of(person, room) !== undefined)
    );
    return (everyone ? [EVERYONE, ...named] : named).sort();
  }

  #mayMentionEveryone(person: string, room: string): boolean {
    const membership = this.#memberships.of(person, room);
    if (membership === undefined) return false;
    return membership.role === "moderator" || this.mayAdminister(person) ||
      !this.#memberships.isLarge(membership.roomId);
  }

  /** Those whom the settings name. */
  mayCreateRooms(person: string): boolean {
    const { createRooms } = this.#readSettings();
    if (createRooms === "everyone") return true;
    const role = this.role(person);
    return role === "admin" || (createRooms === "members" && role === "member");
  }

  /** Returns whether a person who is neither muted nor banned may write. */
  mayWrite(person: string): boolean {
    return this.#readSettings().guests || this.role(person) !== "guest";
  }

  mayWriteIn(person: string, room: string): boolean {
    if (!this.mayWrite(person)) return false;
    return this.#guard(() => {
      const stored = this.#rooms.of(room);
      if (stored === undefined) return this.mayMake(person, room);
      return this.#rights.refusalOf(stored, person) === undefined;
    });
  }

  muteOf(person: string, now: number): Mute | undefined {
    const muted = integer(this.#restrictionsOf(person)?.muted ?? 0);
    if (muted <= now) return undefined;
    return muted === LASTING ? {} : { retry: muted - now };
  }

  /** Returns what a person who enters is greeted with; a mute of one of `aliases` is theirs. */
  welcome(
    person: string,
    aliases: readonly string[] = [],
  ): Access & Pick<HelloLine, "chat" | "admins"> {
    const others = aliases.map((alias) => this.access(alias).muted ?? 0);
    const { muted = 0, ...access } = this.access(person);
    const until = Math.max(muted, ...others);
    const admins = this.admins().slice(0, ADMINS_LIMIT);
    return {
      ...access,
      ...(until > 0 && { muted: until }),
      ...{ chat: this.#readSettings(), admins },
    };
  }

  #restrictionsOf(person: string): DatabaseRow | undefined {
    return this.#guard(() => this.#restrictions.of(person));
  }

  #readSettings(): ChatSettings {
    return this.#guard(() => this.#settings.read());
  }
}
