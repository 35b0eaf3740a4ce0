/**
 * Secrets, kept as slow hashes: scrypt of `node:crypto`, which works on a thread of its own, so that
 * nobody's login holds anybody's messages.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { createHmac, randomBytes, scrypt, timingSafeEqual } from "node:crypto";
import { FairQueue } from "../lib/fair_queue.ts";

/** The cost of one hash: memory of 128 × `N` × `r` bytes, time of `N` × `r` × `p`. */
export interface Cost {
  readonly N: number;
  readonly r: number;
  readonly p: number;
}

/** 16 MiB and a few tenths of a second: one of the settings that OWASP names as the least to use. */
const COST: Cost = { N: 2 ** 14, r: 8, p: 5 };

const SALT_BYTES = 16;
const HASH_BYTES = 32;

/** The number of proven secrets that are remembered, at about 100 bytes each. */
const PROVEN = 10_000;

export interface SlowHashOptions {
  /** Of new hashes; the stored ones say their own. */
  cost?: Cost;
  /** The number of hashes at once; by default one core is left to the chat. */
  parallel?: number;
  /** The number that may wait; by default 32. */
  waiting?: number;
}

/**
 * Hashes secrets and proves them against stored hashes. A stored hash is the text
 * `scrypt$N$r$p$salt$hash`, the last two in base64url.
 *
 * Two writings of one secret (composed or not, as keyboards differ) are the same secret.
 *
 * @example
 * ```ts
 * import { SlowHash } from "./secret_hash.ts";
 *
 * const hashes = new SlowHash();
 * const stored = await hashes.hash("open sesame");
 * await hashes.verify("open sesame", stored); // true
 * ```
 */
export class SlowHash {
  readonly #cost: Cost;
  readonly #turns: FairQueue;
  readonly #dummy: string;
  readonly #provenKey = randomBytes(HASH_BYTES);
  readonly #proven = new Set<string>();

  constructor(options: SlowHashOptions = {}) {
    this.#cost = options.cost ?? COST;
    const parallel = options.parallel ?? Math.max(1, navigator.hardwareConcurrency - 1);
    this.#turns = new FairQueue({ parallel, waiting: options.waiting ?? 32 });
    this.#dummy = print(this.#cost, randomBytes(SALT_BYTES), randomBytes(HASH_BYTES));
  }

  /**
   * The hash to store for `secret`, with a salt of its own. `from` says who asks for it, an address,
   * say: those who ask seldom are served first.
   *
   * @throws {BusyError} when too many wait already
   */
  async hash(secret: string, from = ""): Promise<string> {
    const salt = randomBytes(SALT_BYTES);
    return print(this.#cost, salt, await this.#derive(secret, { cost: this.#cost, salt, from }));
  }

  /**
   * Returns whether `secret` is the one that `stored` was made of. Without a stored hash, or with one that asks for
   * more than a bearable cost, it is not, and that takes as long, so that time does not reveal who has a secret. A proven secret is remembered (not
   * itself, but a MAC under a key that never leaves the memory), so that a program that connects again
   * and again costs one hash. `from` as in {@linkcode SlowHash.hash}.
   *
   * @throws {BusyError} when too many wait already
   */
  async verify(secret: string, stored: string | undefined, from = ""): Promise<boolean> {
    const proof = createHmac("sha256", this.#provenKey)
      .update(`${stored}\n${secret.normalize("NFC")}`).digest("base64url");
    if (stored !== undefined && this.#proven.has(proof)) return true;
    // One from a file of somebody else might take seconds, and gigabytes.
    const known = parse(stored ?? this.#dummy);
    const { cost, salt, hash } = isBearable(known) ? known : parse(this.#dummy);
    if (!timingSafeEqual(await this.#derive(secret, { cost, salt, from }), hash)) return false;
    if (this.#proven.size >= PROVEN) this.#proven.clear();
    this.#proven.add(proof);
    return true;
  }

  async #derive(
    secret: string,
    { cost, salt, from }: { cost: Cost; salt: Uint8Array; from: string },
  ): Promise<Uint8Array> {
    using _turn = await this.#turns.next(from);
    // The memory that scrypt needs; the default limit is too low for a greater cost.
    const maxmem = 128 * cost.r * (cost.N + cost.p + 2);
    const options = { ...cost, maxmem };
    return await new Promise((resolve, reject) => {
      scrypt(secret.normalize("NFC"), salt, HASH_BYTES, options, (error, hash) => {
        if (error) reject(error);
        else if (hash) resolve(hash);
      });
    });
  }
}

/** The largest memory in bytes and the largest work that a stored hash may ask for. */
const MAX_MEMORY = 256 * 1024 * 1024;
const MAX_WORK = 2 ** 24;

/** Returns true if a value is a stored hash that can be checked at a bearable cost. */
export function isHash(value: unknown): value is string {
  if (typeof value !== "string" || value.length > 200) return false;
  try {
    return isBearable(parse(value));
  } catch {
    return false;
  }
}

function isBearable({ cost: { N, r, p }, salt }: ReturnType<typeof parse>): boolean {
  return N >= 2 && Number.isInteger(Math.log2(N)) && r >= 1 && p >= 1 && salt.length >= 1 &&
    128 * N * r <= MAX_MEMORY && N * r * p <= MAX_WORK;
}

function print({ N, r, p }: Cost, salt: Buffer, hash: Uint8Array): string {
  const text = [salt, Buffer.from(hash)].map((bytes) => bytes.toString("base64url"));
  return ["scrypt", N, r, p, ...text].join("$");
}

function parse(stored: string): { cost: Cost; salt: Uint8Array; hash: Uint8Array } {
  const [, N, r, p, salt, hash] =
    /^scrypt\$(\d+)\$(\d+)\$(\d+)\$([\w-]+)\$([\w-]{43})$/.exec(stored) ?? [];
  if (salt === undefined || hash === undefined) {
    throw new Error("Cannot check a secret: its stored hash is damaged");
  }
  return {
    cost: { N: Number(N), r: Number(r), p: Number(p) },
    salt: Buffer.from(salt, "base64url"),
    hash: Buffer.from(hash, "base64url"),
  };
}
