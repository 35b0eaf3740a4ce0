import { createHash } from "node:crypto";

/** Passes bytes on unchanged, and computes the SHA-256 of those that were passed on so far, in base64url. */
export function hashing(bytes: AsyncIterable<Uint8Array<ArrayBuffer>>): {
  readonly hashed: AsyncGenerator<Uint8Array<ArrayBuffer>>;
  readonly sha256: () => string;
} {
  const hash = createHash("sha256");
  async function* pass() {
    for await (const chunk of bytes) {
      hash.update(chunk);
      yield chunk;
    }
  }
  return { hashed: pass(), sha256: () => hash.copy().digest("base64url") };
}
