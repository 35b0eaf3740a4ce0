import { Buffer } from "node:buffer";
import { each, isText, type Kind } from "../kind.ts";
import type { Fields } from "../../protocol/fields.ts";
import { Audit } from "../audit.ts";
import { FormerKeys } from "../former_keys.ts";
import { StoredLinks } from "../links.ts";
import { type EventOutcome, refused } from "../outcome.ts";
import { SessionTable } from "../session_table.ts";

/** The bytes of a key. */
export const KEY_BYTES = 32;

/**
 * An operator replaces the key that signs cookies, which others may know: all sessions end, on every server. A link for a
 * forgotten secret ends, too, since somebody may have made it with a forged cookie.
 */
export interface KeysRotatedEvent {
  readonly type: "keys_rotated";
  /** The new key, in base64. */
  readonly key: string;
}

/** The statements on a table of one row. */
const STORE_SQL = {
  key: "select key from store",
  set: "update store set key = ?",
};

export const keysRotatedKind: Kind<KeysRotatedEvent> = {
  parse({ key }: Fields): KeysRotatedEvent | undefined {
    if (!isText(key) || Buffer.from(key, "base64").length !== KEY_BYTES) return undefined;
    return { type: "keys_rotated", key };
  },

  prepare(db) {
    const store = db.prepare(STORE_SQL.key);
    const set = db.prepare(STORE_SQL.set);
    const formerKeys = new FormerKeys(db);
    const sessions = new SessionTable(db);
    const links = new StoredLinks(db);
    const audit = new Audit(db);
    return each(({ key }, at): EventOutcome => {
      const present = store.get()?.key;
      if (!(present instanceof Uint8Array)) return refused("stale", "the chat has not begun");
      const next = Buffer.from(key, "base64");
      if ([present, ...formerKeys.read().former].some((known) => next.equals(known))) {
        return refused("stale", "the key is not new");
      }
      formerKeys.add(present);
      set.run(next);
      sessions.endEverybodys();
      links.removeAllResets();
      audit.add({ at, action: "rotate_keys" });
      return { type: "changed", effects: [{ type: "log_out" }] };
    });
  },
};
