import type { DatabaseSync } from "node:sqlite";
import { NumberCipher } from "../lib/number_cipher.ts";
import { DamageError } from "./storage_error.ts";

/**
 * Returns what prints places in the order of all messages for clients: encrypted, because the difference between two numbers
 * would tell how much is written in rooms that a person may not read. One server reads what another has printed.
 *
 * @param data The data file, which has a key.
 * @param purpose The sort of answer that the places continue.
 */
export function placesOf(data: DatabaseSync, purpose: "search" | "inbox"): NumberCipher {
  const { key } = data.prepare("select key from store").get() ?? {};
  if (!(key instanceof Uint8Array)) throw new DamageError("there is no signing key");
  return new NumberCipher(key, `${purpose} places`);
}
