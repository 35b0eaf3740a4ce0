import type { DatabaseSync, StatementSync } from "node:sqlite";
import { keysOfFolded } from "../people/name_keys.ts";
import { NAME_CHARACTERS, nameKey } from "../protocol/names.ts";
import { MENTION_LOOKUPS } from "../protocol/sizes.ts";
import { EVERYONE, EVERYONE_WORD } from "../protocol/types.ts";
import { string } from "./rows.ts";

/** The most people that one message can mention. */
export const MENTIONS_LIMIT = 50;

/** Every statement. Exported for the test that checks that each of them uses an index. */
export const MENTIONS_SQL = {
  byKey: "select id, name from people where key = ?",
};

/** A character that continues a word. */
const WORD = /[\p{L}\p{N}\p{M}_]/u;

/** A character of a script that puts no spaces between words, beside which a name may end. */
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}]/u;

/**
 * Finds whom a text mentions: `@` and the name of a person, of several names the longest; and
 * {@linkcode EVERYONE} for `@room`. It depends on the version of Unicode, so that the sender's server finds them, and
 * the event has their ids.
 */
export class MentionFinder {
  readonly #byKey: StatementSync;

  constructor(db: DatabaseSync) {
    this.#byKey = db.prepare(MENTIONS_SQL.byKey);
  }

  /** Returns at most {@linkcode MENTIONS_LIMIT} ids, each once, in the order of the text. */
  find(text: string): string[] {
    const found = new Set<string>();
    let lookups = MENTION_LOOKUPS;
    for (let at = -1; (at = text.indexOf("@", at + 1)) >= 0;) {
      if (found.size === MENTIONS_LIMIT || lookups <= 0) break;
      const before = text[at - 1] ?? "";
      // An address of mail is no mention.
      if (WORD.test(before) && !UNSPACED.test(before)) continue;
      for (const name of candidates(text, at + 1)) {
        if (lookups-- <= 0) break;
        const id = this.#idOf(name.normalize("NFC"));
        if (id === undefined) continue;
        found.add(id);
        at += name.length;
        break;
      }
    }
    return [...found];
  }

  #idOf(name: string): string | undefined {
    const wanted = nameKey(name);
    if (wanted === EVERYONE_WORD) return EVERYONE;
    // The first key stands for all names that look alike, of which one has an owner.
    for (const key of keysOfFolded(wanted)) {
      const row = this.#byKey.get(key);
      if (row !== undefined && nameKey(string(row.name)) === wanted) return string(row.id);
    }
  }
}

/** Returns the texts from a position that can be names, the longest first. */
function candidates(text: string, start: number): string[] {
  const names: string[] = [];
  let [end, former] = [start, ""];
  for (let i = 0; i <= NAME_CHARACTERS; i++) {
    const code = text.codePointAt(end);
    const next = code === undefined ? "" : String.fromCodePoint(code);
    if (i > 0 && isEnd(former, next)) names.push(text.slice(start, end));
    if (next === "" || next === "\n" || (next === "@" && /\s/u.test(former))) break;
    end += next.length;
    former = next;
  }
  return names.reverse();
}

/** Whether a name can end between two characters; the second one is empty at the end of the text. */
function isEnd(former: string, next: string): boolean {
  if (/\s/u.test(former)) return false;
  if (next === "" || !WORD.test(next) || !WORD.test(former)) return true;
  return UNSPACED.test(former) || UNSPACED.test(next);
}
