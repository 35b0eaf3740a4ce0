/**
 * `hubbub admin NAME`: makes somebody an admin from the terminal.
 *
 * @module
 */
import type { NatsOptions } from "../nats/connection.ts";
import { uniqueKey } from "../people/name_keys.ts";
import { nameKey } from "../protocol/names.ts";
import type { Database } from "../state/database.ts";
import type { TerminalEvent } from "../state/terminal.ts";
import { UserError } from "../lib/user_error.ts";
import { appendToFile } from "./append.ts";

/**
 * Makes a person an admin, also while a server has the file open.
 *
 * @returns The line to print.
 * @throws {UserError} if nobody has the name, or the file can't be used.
 */
export async function makeAdmin(path: string, name: string): Promise<string> {
  await appendToFile(path, (database) => roleOf(database, name));
  return done(name);
}

/** The same for a chat in NATS. */
export async function makeAdminOnNats(options: NatsOptions, name: string): Promise<string> {
  const { appendToNats } = await import("../archive/nats.ts");
  await appendToNats(options, (database) => roleOf(database, name));
  return done(name);
}

function roleOf({ db }: Database, name: string): TerminalEvent {
  const row = db.prepare("select id, name from people where key = ?").get(uniqueKey(name));
  if (typeof row?.id === "string" && typeof row.name === "string") {
    if (nameKey(row.name) === nameKey(name)) return { type: "role", person: row.id, role: "admin" };
    throw new UserError(
      `Cannot make "${name}" an admin: the owner's name only looks like it, received "${name}", ` +
        `stored "${row.name}"; check who that is, and type the name exactly so`,
    );
  }
  throw new UserError(
    `Cannot make "${name}" an admin: nobody has this name; take it in the chat first, with a password`,
  );
}

function done(name: string): string {
  return `${name} is an admin`;
}
