/**
 * `hubbub rotate-keys`: ends all sessions of a chat whose signing key others may know.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { randomBytes } from "node:crypto";
import type { NatsOptions } from "../nats/connection.ts";
import type { Database } from "../state/database.ts";
import { KEY_BYTES, type KeysRotatedEvent } from "../state/kinds/keys_rotated.ts";
import { integer } from "../state/rows.ts";
import { UserError } from "../lib/user_error.ts";
import { appendToFile } from "./append.ts";

/** The people and links that it concerns. */
interface Concerned {
  /** People who can log in again. */
  readonly withSecret: number;
  /** People whose name only a cookie proved. */
  readonly withoutSecret: number;
  /** Admins who can log in again. */
  readonly admins: number;
  /** Links for a forgotten secret that end. */
  readonly resets: number;
  /** 1 if newcomers need an invitation. */
  readonly invited: number;
}

const CONCERNED_SQL = `
  select count(secret) as withSecret, count(*) - count(secret) as withoutSecret,
    count(case when secret is not null and role = 'admin' then 1 end) as admins,
    (select count(*) from link where kind = 'reset' and until > ?) as resets,
    (select entry = 'invite' from chat) as invited
  from people
`;

/**
 * Replaces the signing key of a data file, also while a server has it open.
 *
 * @returns What it means for the people of the chat, to print.
 * @throws {UserError} if the file can't be used, has no chat, or nobody could come back.
 */
export async function rotateKeys(path: string): Promise<string> {
  const rotation = new Rotation();
  await appendToFile(path, (database) => rotation.eventFor(database));
  return rotation.report;
}

/** The same for a chat in NATS. */
export async function rotateKeysOnNats(options: NatsOptions): Promise<string> {
  const { appendToNats } = await import("../archive/nats.ts");
  const rotation = new Rotation();
  await appendToNats(options, (database) => rotation.eventFor(database));
  return rotation.report;
}

class Rotation {
  #concerned: Concerned = { withSecret: 0, withoutSecret: 0, admins: 0, resets: 0, invited: 0 };

  eventFor({ db, path }: Database): KeysRotatedEvent {
    if (db.prepare("select 1 from store").get() === undefined) {
      throw new UserError(`Cannot rotate the keys: ${path} has no chat in it yet`);
    }
    const row = db.prepare(CONCERNED_SQL).get(Date.now());
    const of = (name: keyof Concerned) => integer(row?.[name]);
    this.#concerned = {
      ...{ withSecret: of("withSecret"), withoutSecret: of("withoutSecret") },
      ...{ admins: of("admins"), resets: of("resets"), invited: of("invited") },
    };
    if (of("invited") === 1 && of("withSecret") === 0 && of("withoutSecret") > 0) {
      throw new UserError(
        "Cannot rotate the keys: newcomers need an invitation, and nobody has a password, so that nobody could " +
          "come back; an admin has to choose one in the page first",
      );
    }
    return {
      type: "keys_rotated",
      key: Buffer.from(randomBytes(KEY_BYTES)).toString("base64"),
    };
  }

  get report(): string {
    const { withSecret, withoutSecret, admins, resets } = this.#concerned;
    const isOrphaned = withoutSecret > 0 && admins === 0;
    return [
      "The signing key is new, and all sessions have ended.",
      withSecret > 0 && `${people(withSecret)} with a password: log in again.`,
      withoutSecret > 0 &&
      `${
          people(withoutSecret)
        } with a name but no password: the name stays theirs, and an admin can ` +
        "give them a link to choose a password.",
      isOrphaned && "No admin has a password: `hubbub admin NAME` makes one of somebody who has.",
      resets > 0 &&
      `${resets} unused ${resets === 1 ? "link" : "links"} for a new password: ended.`,
      "A backup made before this brings the old key back: run this again after restoring one.",
    ].filter((line) => line !== false).join("\n");
  }
}

function people(count: number): string {
  return count === 1 ? "1 person" : `${count} people`;
}
