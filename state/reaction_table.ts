import type { DatabaseSync, StatementSync } from "node:sqlite";
import { statementsOf } from "./lazy_statements.ts";
import { REACTING_PEOPLE } from "../protocol/changes.ts";
import { getOrMake } from "../lib/maps.ts";
import type { Reaction } from "../protocol/mod.ts";
import { integer, string } from "./rows.ts";

/** Every statement. Exported for the test that checks that each of them uses an index. */
export const REACTION_SQL = {
  has: "select 1 from reaction where room = ? and seq = ? and emoji = ? and author = ?",
  add: "insert into reaction (room, seq, emoji, author, rev) values (?, ?, ?, ?, ?)",
  remove: "delete from reaction where room = ? and seq = ? and emoji = ? and author = ?",
  count: "select count from emoji where room = ? and seq = ? and emoji = ?",
  total: "select coalesce(sum(count), 0) as total from emoji where room = ? and seq = ?",
  addEmoji: "insert into emoji (room, seq, emoji, first, count) values (?, ?, ?, ?, 1)",
  setCount: "update emoji set count = ?4 where room = ?1 and seq = ?2 and emoji = ?3",
  removeEmoji: "delete from emoji where room = ? and seq = ? and emoji = ?",
  // A message has few emoji: each is looked up.
  emojiOf: `
    select count(*) as count from emoji where room = ?1 and seq = ?2 and exists (
      select 1 from reaction where reaction.room = emoji.room and reaction.seq = emoji.seq
        and reaction.emoji = emoji.emoji and reaction.author = ?3
    )
  `,
  removePeople: "delete from reaction where room = ? and seq = ? and emoji = ?",
  // One statement, however many emoji: a thousand for each page of history took fifty times as long.
  between: `
    select seq, emoji, first, count, (
      select group_concat(person, ' ') from (
        select author.person as person from reaction join author on author.id = reaction.author
        where reaction.room = emoji.room and reaction.seq = emoji.seq
          and reaction.emoji = emoji.emoji
        order by reaction.rev limit ${REACTING_PEOPLE}
      )
    ) as people from emoji where room = ? and seq between ? and ?
  `,
  people: `
    select author.person as person, author.deleted as deleted, reaction.rev as rev from reaction
    join author on author.id = reaction.author
    where reaction.room = ? and reaction.seq = ? and reaction.emoji = ? and reaction.rev > ?
    order by reaction.rev limit ?
  `,
  removeAll: "delete from reaction where room = ? and seq between ? and ?",
  removeAllEmoji: "delete from emoji where room = ? and seq between ? and ?",
};

/** The place of a reaction. */
export interface ReactionPlace {
  readonly room: number;
  readonly seq: number;
  readonly emoji: string;
}

/** Somebody who reacted. */
export interface ReactingPerson {
  readonly person: string;
  readonly deleted: boolean;
  /** The room's `rev` at that time, by which they are in order. */
  readonly rev: number;
}

/** The reactions to messages: a row for each person and emoji, and one for each emoji, which counts them. */
export class ReactionTable {
  readonly #sql: { readonly [Name in keyof typeof REACTION_SQL]: StatementSync };

  constructor(db: DatabaseSync) {
    this.#sql = statementsOf(db, REACTION_SQL);
  }

  /** Returns whether somebody reacts to a message with an emoji. */
  has({ room, seq, emoji }: ReactionPlace, author: number): boolean {
    return this.#sql.has.get(room, seq, emoji, author) !== undefined;
  }

  /** Returns how many people react to a message with an emoji. */
  count({ room, seq, emoji }: ReactionPlace): number {
    return integer(this.#sql.count.get(room, seq, emoji)?.count ?? 0);
  }

  /** Returns the number of all reactions to a message. */
  total(room: number, seq: number): number {
    return integer(this.#sql.total.get(room, seq)?.total);
  }

  /** Returns with how many different emoji somebody reacts to a message. */
  emojiOf(room: number, seq: number, author: number): number {
    return integer(this.#sql.emojiOf.get(room, seq, author)?.count);
  }

  /** Adds a reaction that is not there. */
  add(place: ReactionPlace, author: number, rev: number): void {
    const { room, seq, emoji } = place;
    const count = this.count(place);
    this.#sql.add.run(room, seq, emoji, author, rev);
    if (count === 0) this.#sql.addEmoji.run(room, seq, emoji, rev);
    else this.#sql.setCount.run(room, seq, emoji, count + 1);
  }

  /** Removes a reaction that is there. */
  remove(place: ReactionPlace, author: number): void {
    const { room, seq, emoji } = place;
    const count = this.count(place);
    this.#sql.remove.run(room, seq, emoji, author);
    if (count === 1) this.#sql.removeEmoji.run(room, seq, emoji);
    else this.#sql.setCount.run(room, seq, emoji, count - 1);
  }

  /** Removes the reactions of everyone with an emoji. Returns whether there were some. */
  removeEmoji({ room, seq, emoji }: ReactionPlace): boolean {
    this.#sql.removePeople.run(room, seq, emoji);
    return this.#sql.removeEmoji.run(room, seq, emoji).changes > 0;
  }

  /** Returns the reactions to each message in a range, as it shows them; those without any are not in it. */
  between(room: number, first: number, last: number): Map<number, Reaction[]> {
    const rows = this.#sql.between.all(room, first, last)
      .sort((a, b) => integer(a.first) - integer(b.first));
    const reactions = new Map<number, Reaction[]>();
    for (const { seq, emoji, count, people } of rows) {
      const users = string(people).split(" ");
      getOrMake(reactions, integer(seq), () => [])
        .push({ emoji: string(emoji), users, count: integer(count) });
    }
    return reactions;
  }

  /** Returns the people who react to a message with an emoji, in order, after a `rev`. */
  people({ room, seq, emoji }: ReactionPlace, after: number, limit: number): ReactingPerson[] {
    return this.#sql.people.all(room, seq, emoji, after, limit)
      .map(({ person, deleted, rev }) => ({
        person: string(person),
        deleted: deleted === 1,
        rev: integer(rev),
      }));
  }

  /** Removes the reactions to a range of messages. */
  removeAll(room: number, first: number, last: number): void {
    this.#sql.removeAll.run(room, first, last);
    this.#sql.removeAllEmoji.run(room, first, last);
  }
}
