import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";

const CIPHER = "aes-128-ecb";

/** Bytes of a block, of which there is one: random ones, zeros that tell it from others, and the number. */
const BLOCK = 16;
const RANDOM = 4;
const NUMBER = 8;

/** Characters of a text. */
export const NUMBER_CHARACTERS = 22;

/**
 * Prints numbers so that only who has the key can read them. A number is another text each time, and two texts don't tell which
 * number is larger.
 */
export class NumberCipher {
  readonly #key: Uint8Array;

  /** @param purpose Numbers for one purpose are none for another. */
  constructor(key: Uint8Array, purpose: string) {
    this.#key = createHash("sha256").update(purpose).update(key).digest().subarray(0, BLOCK);
  }

  /** Returns the text for a whole number of at least 0. */
  print(number: number): string {
    const block = randomBytes(BLOCK).fill(0, RANDOM);
    block.writeBigUInt64BE(BigInt(number), NUMBER);
    const cipher = createCipheriv(CIPHER, this.#key, null).setAutoPadding(false);
    return cipher.update(block).toString("base64url");
  }

  /** Returns the number of a text; undefined if the text is none of these. */
  read(text: string): number | undefined {
    const bytes = text.length === NUMBER_CHARACTERS ? decode(text) : undefined;
    if (bytes?.length !== BLOCK) return undefined;
    const cipher = createDecipheriv(CIPHER, this.#key, null).setAutoPadding(false);
    const block = cipher.update(bytes);
    if (block.readUInt32BE(RANDOM) !== 0) return undefined;
    const number = Number(block.readBigUInt64BE(NUMBER));
    return Number.isSafeInteger(number) ? number : undefined;
  }
}

function decode(text: string): Uint8Array | undefined {
  try {
    return Uint8Array.fromBase64(text, { alphabet: "base64url" });
  } catch {
    return undefined;
  }
}
