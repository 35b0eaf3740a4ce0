import { createCipheriv, createDecipheriv, createHash } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import { DamageError } from "../../state/storage_error.ts";

/**
 * AES on one block: each place is encrypted alone, and the same one is always the same. So it continues a search on another
 * server, too.
 */
const CIPHER = "aes-128-ecb";
const BLOCK = 16;

/**
 * Places in the order of all messages, as clients see them: encrypted, because the difference between two numbers would tell
 * how much is written in rooms that the person may not read.
 */
export class Places {
  readonly #key: Uint8Array;

  /** @param data The data file, which has a key. */
  constructor(data: DatabaseSync) {
    const { key } = data.prepare("select key from store").get() ?? {};
    if (!(key instanceof Uint8Array)) throw new DamageError("there is no signing key");
    this.#key = createHash("sha256").update("search places").update(key).digest()
      .subarray(0, BLOCK);
  }

  /** Returns the text for a message. */
  print(message: number): string {
    const block = new DataView(new ArrayBuffer(BLOCK));
    block.setBigUint64(BLOCK / 2, BigInt(message));
    const cipher = createCipheriv(CIPHER, this.#key, null).setAutoPadding(false);
    return cipher.update(new Uint8Array(block.buffer)).toString("base64url");
  }

  /** Returns the message of a text; undefined if the text is none of these. */
  read(text: string): number | undefined {
    const bytes = decode(text);
    if (bytes?.length !== BLOCK) return undefined;
    const cipher = createDecipheriv(CIPHER, this.#key, null).setAutoPadding(false);
    const plain = new Uint8Array(cipher.update(bytes));
    const block = new DataView(plain.buffer, plain.byteOffset);
    if (block.getBigUint64(0) !== 0n) return undefined;
    const message = Number(block.getBigUint64(BLOCK / 2));
    return Number.isSafeInteger(message) ? message : undefined;
  }
}

function decode(text: string): Uint8Array | undefined {
  try {
    return Uint8Array.fromBase64(text, { alphabet: "base64url" });
  } catch {
    return undefined;
  }
}
