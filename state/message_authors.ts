import type { DatabaseSync, StatementSync } from "node:sqlite";
import { statementsOf } from "./lazy_statements.ts";
import { getOrMake } from "../lib/maps.ts";
import type { Permissions } from "./permissions.ts";
import { integer } from "./rows.ts";

/** Every statement. Exported for the test that checks that each of them uses an index. */
export const MESSAGE_AUTHORS_SQL = {
  guests: "select guests from chat",
  author: "select id, muted, banned, deleted from author where person = ?",
  addAuthor: "insert into author (person) values (?)",
};

/** The number of authors that are remembered from one batch to the next. */
const REMEMBERED = 10_000;

/** An author as the events of messages find it. */
export interface Author {
  /** The row; 0 until the first message that is not refused. */
  id: number;
  /** The time until which the person may not write, in ms since 1970. */
  readonly muted: number;
  readonly banned: boolean;
  /** Whether the person is a guest in a chat where guests may not write. */
  readonly isGuest: boolean;
}

/**
 * The authors of messages. They are remembered while nothing but messages is applied: to read them for each message took
 * a tenth of its commit.
 */
export class MessageAuthors {
  readonly #authors = new Map<string, Author>();
  readonly #permissions: Permissions;
  readonly #sql: { readonly [Name in keyof typeof MESSAGE_AUTHORS_SQL]: StatementSync };
  #isOpen = true;

  constructor(db: DatabaseSync, permissions: Permissions) {
    this.#permissions = permissions;
    this.#sql = statementsOf(db, MESSAGE_AUTHORS_SQL);
  }

  /** Begins a batch. `goesOn`: nothing but messages was applied since the last one. */
  begin(goesOn: boolean): void {
    if (!goesOn || this.#authors.size > REMEMBERED) this.#authors.clear();
    // Of most chats this is the one setting that matters to messages.
    if (!goesOn) this.#isOpen = this.#sql.guests.get()?.guests === 1;
  }

  /** Returns the author that a person is. */
  of(person: string): Author {
    return getOrMake(this.#authors, person, (person) => this.#find(person));
  }

  /** Returns the row of an author whose message is not refused: of those who are refused nothing is kept. */
  rowOf(author: Author, person: string): number {
    if (author.id === 0) author.id = Number(this.#sql.addAuthor.run(person).lastInsertRowid);
    return author.id;
  }

  #find(person: string): Author {
    const row = this.#sql.author.get(person);
    const isGuest = !this.#isOpen && !this.#permissions.mayWrite(person);
    if (row === undefined) return { id: 0, isGuest, muted: 0, banned: false };
    // A person who was deleted meanwhile gets the answer of a ban.
    const banned = row.banned === 1 || row.deleted === 1;
    return { id: integer(row.id), isGuest, muted: integer(row.muted), banned };
  }
}

/** Returns whether an author may write at a time, in ms since 1970. */
export function mayWrite({ banned, isGuest, muted }: Author, at: number): boolean {
  return !banned && !isGuest && muted <= at;
}
