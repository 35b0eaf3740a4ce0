import type { DatabaseSync, StatementSync } from "node:sqlite";
import { statementsOf } from "./lazy_statements.ts";
import { INVITES_LIMIT, LINK_KINDS, type LinkKind } from "../protocol/links.ts";
import { type DatabaseRow, integer, string } from "./rows.ts";

/** Every statement. Exported for the test that checks that each of them uses an index. */
export const LINKS_SQL = {
  find: "select * from link where hash = ?",
  add: `
    insert or replace into link (hash, kind, at, until, by, person, room, uses, used)
    values (?, ?, ?, ?, ?, ?, ?, ?, ?)
  `,
  invites: `
    select * from link where kind = 'invite' order by kind desc, at desc, hash desc limit ${INVITES_LIMIT}
  `,
  use: "update link set used = used + 1 where hash = ?",
  remove: "delete from link where hash = ?",
  removeKind: "delete from link where kind = ?",
  removeResets: "delete from link where person = ?",
  removeInvitesTo: "delete from link where kind = 'invite' and room = ?",
};

/** The statements on a table of one row. */
const CLAIM_SQL = {
  isClaimed: "select claimed from chat",
  claimed: "update chat set claimed = 1",
};

/** A link that lets its holder do something. Only the hash of its token is stored. */
export interface StoredLink {
  readonly hash: string;
  readonly kind: LinkKind;
  /** The time at which it was made, in ms since 1970. */
  readonly at: number;
  /** The time at which it ends. */
  readonly until: number;
  /** The id of the person who made it; absent for the server. */
  readonly by?: string;
  /** The id of the person whose secret it resets. */
  readonly person?: string;
  /** The public room that an invitation shows first, or the private one that it is to. */
  readonly room?: string;
  /** The number of newcomers an invitation admits; absent for any number. */
  readonly uses?: number;
  /** The number of newcomers who have used it; absent for none. */
  readonly used?: number;
}

/** The links, and whether there ever was an admin. */
export class StoredLinks {
  readonly #sql: {
    readonly [Name in keyof typeof LINKS_SQL | keyof typeof CLAIM_SQL]: StatementSync;
  };

  constructor(db: DatabaseSync) {
    this.#sql = statementsOf(db, { ...LINKS_SQL, ...CLAIM_SQL });
  }

  /** Returns the link whose token has this hash, if it works at a time in ms since 1970. */
  find(hash: string, at: number): StoredLink | undefined {
    const link = readStoredLink(this.#sql.find.get(hash));
    return link !== undefined && isUsable(link, at) ? link : undefined;
  }

  /** Returns the room of a link, also of one that works no more; undefined without one. */
  roomOf(hash: string): string | undefined {
    return readStoredLink(this.#sql.find.get(hash))?.room;
  }

  /** Stores a link. */
  add({ hash, kind, at, until, by, person, room, uses, used = 0 }: StoredLink): void {
    this.#sql.add.run(
      ...[hash, kind, at, until, by ?? null, person ?? null, room ?? null, uses ?? null, used],
    );
  }

  /** Returns the invitations, newest first, those that have ended too. */
  invites(): StoredLink[] {
    return this.#sql.invites.all().map(readStoredLink).filter((link) => link !== undefined);
  }

  /** Counts a newcomer whom an invitation has let in. */
  use(hash: string): void {
    this.#sql.use.run(hash);
  }

  /** Removes a link. */
  remove(hash: string): void {
    this.#sql.remove.run(hash);
  }

  /** Removes the links that reset a person's secret. */
  removeResets(person: string): void {
    this.#sql.removeResets.run(person);
  }

  /** Removes all links that reset a secret. */
  removeAllResets(): void {
    this.#sql.removeKind.run("reset");
  }

  /** Removes the invitations to a room. */
  removeInvitesTo(room: string): void {
    this.#sql.removeInvitesTo.run(room);
  }

  /** Returns whether there is, or was, an admin. */
  isClaimed(): boolean {
    return integer(this.#sql.isClaimed.get()?.claimed) === 1;
  }

  /** Removes the link that makes an admin. */
  removeClaims(): void {
    this.#sql.removeKind.run("claim");
  }

  /** Records that there is an admin: no link can make one any more. */
  claimed(): void {
    this.#sql.claimed.run();
    this.removeClaims();
  }
}

/** Returns whether a link works at a time in ms since 1970. */
export function isUsable({ until, uses = Infinity, used = 0 }: StoredLink, at: number): boolean {
  return at < until && used < uses;
}

/** Returns the link in a row; undefined without a row. */
export function readStoredLink(row: DatabaseRow | undefined): StoredLink | undefined {
  const kind = LINK_KINDS.find((each) => each === row?.kind);
  if (row === undefined || kind === undefined) return undefined;
  return {
    ...{ hash: string(row.hash), kind, at: integer(row.at), until: integer(row.until) },
    ...(row.by !== null && { by: string(row.by) }),
    ...(row.person !== null && { person: string(row.person) }),
    ...(row.room !== null && { room: string(row.room) }),
    ...(row.uses !== null && { uses: integer(row.uses) }),
    ...(integer(row.used) > 0 && { used: integer(row.used) }),
  };
}
