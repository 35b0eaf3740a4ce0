import { AnswerLimiter } from "../answer_limiter.ts";
import { isLoopback, siteKey } from "../../lib/ip_networks.ts";
import { NetworkBuckets } from "../network_buckets.ts";
import { notNow, type Refusal } from "../responses.ts";
import type { Peer } from "../peer.ts";
import { STATUS_CODE } from "../../lib/std.ts";
import { TokenBucket, type TokenBucketOptions } from "../../lib/token_bucket.ts";
import type { NewUpload } from "../../state/contents.ts";

/** The sender of a request. */
export interface Uploader {
  /** The id of the person. */
  readonly person: string;
  readonly peer: Peer;
  /** Returns whether what proved the person still does. */
  isKnown(): boolean;
}

/** Uploads that a person may begin: 200 at once, then one every five seconds. */
const BEGUN = { rate: 0.2, burst: 200 };

/** Uploads that a network, or an IPv6 /48, may begin: 2,000 at once, then two a second. */
const BEGUN_BY_NETWORK = { rate: 2, burst: 2000 };

/** Bytes from a network, or an IPv6 /48: 20 GiB at once, and in a day. */
const NETWORK_BYTES = 20 * 1024 ** 3;
const BYTES_BY_NETWORK = { rate: NETWORK_BYTES / 86_400, burst: NETWORK_BYTES };

/**
 * Bytes from a person: 4 GiB at once, and in a day, whatever becomes of them. That is twice what is kept of a day's; without
 * a limit, uploads that are refused or given up would use up the bytes of everyone in the network.
 */
const PERSON_BYTES = 4 * 1024 ** 3;
const BYTES_BY_PERSON = { rate: PERSON_BYTES / 86_400, burst: PERSON_BYTES };

/** Open uploads of one person, and of all people. */
const OPEN_BY_PERSON = 50;
const OPEN = 10_000;

/** The time after which an open upload makes room for a new one of the same person, in ms. */
export const LEFT_MS: number = 10 * 60_000;

/** Bodies that are read at once, of all and of one person. A network may have 64 of them. */
const BODIES = 512;
const BODIES_OF_PERSON = 16;

/** People whose buckets are remembered; each takes some 200 bytes. */
const PEOPLE = 20_000;

/** Why an upload is refused now; the words of the metric. */
export type LimitReason = "rate" | "open" | "bytes" | "bodies";

/** A refusal by a limit. */
export interface Limited {
  readonly reason: LimitReason;
  readonly refusal: Refusal;
}

/** Limits what one person and one network may upload. This machine, where a proxy may ask for everyone, has no network limits. */
export class UploadLimits {
  readonly #begun = new Map<string, TokenBucket>();
  readonly #begunByNetwork = new NetworkBuckets(BEGUN_BY_NETWORK, siteKey);
  readonly #bytes = new Map<string, TokenBucket>();
  readonly #bytesByNetwork = new NetworkBuckets(BYTES_BY_NETWORK, siteKey);
  readonly #bodies = new AnswerLimiter(BODIES);
  readonly #bodiesOfPerson = new Map<string, number>();

  /** Bodies that are read at the moment. */
  get bodies(): number {
    return this.#bodies.unfinished;
  }

  /** Judges the beginning of an upload, which counts if it is allowed, whatever else may refuse it. */
  begin(person: string, address: string, now: number): Limited | undefined {
    const bucket = bucketOf(this.#begun, person, BEGUN);
    const wait = bucket.take(now);
    if (wait > 0) return limited("rate", wait, "you have begun too many uploads");
    const network = isLoopback(address) ? 0 : this.#begunByNetwork.of(address).take(now);
    if (network === 0) return undefined;
    bucket.give(1);
    return limited("rate", network, "too many uploads were begun from your network");
  }

  /**
   * Judges the number of open uploads. If there are too many of all, an abandoned one of any person makes room:
   * otherwise a few networks of guests could keep everybody from uploading for a day.
   *
   * @param own the open uploads of the person that nobody works on
   * @param all the number of all, and those that nobody works on, the oldest first
   * @returns the upload that is to make room, or why there is none
   */
  judgeOpen(
    own: readonly NewUpload[],
    { size, idle }: { readonly size: number; readonly idle: Iterable<NewUpload> },
    now: number,
  ): Limited | NewUpload | undefined {
    if (own.length >= OPEN_BY_PERSON) {
      const left = own.reduce((a, b) => a.begun <= b.begun ? a : b);
      if (now - left.begun >= LEFT_MS) return left;
      return limited("open", LEFT_MS, `${OPEN_BY_PERSON} of your uploads are open`);
    }
    if (size < OPEN) return undefined;
    for (const upload of idle) if (now - upload.begun >= LEFT_MS) return upload;
    return limited("open", LEFT_MS, "too many uploads are open");
  }

  /** Counts a body until it is disposed. */
  body(person: string, address: string, now: number): Disposable | Limited {
    const wait = bucketOf(this.#bytes, person, BYTES_BY_PERSON).take(now, 0);
    if (wait > 0) return limited("bytes", wait, "you have uploaded too much today");
    const network = isLoopback(address) ? 0 : this.#bytesByNetwork.of(address).take(now, 0);
    if (network > 0) {
      return limited("bytes", network, "too much was uploaded from your network today");
    }
    const own = this.#bodiesOfPerson.get(person) ?? 0;
    const body = own < BODIES_OF_PERSON ? this.#bodies.begin(address) : undefined;
    if (body === undefined) return limited("bodies", 5000, "too many uploads run at once");
    this.#bodiesOfPerson.set(person, own + 1);
    return {
      [Symbol.dispose]: () => {
        body[Symbol.dispose]();
        const left = (this.#bodiesOfPerson.get(person) ?? 1) - 1;
        if (left === 0) this.#bodiesOfPerson.delete(person);
        else this.#bodiesOfPerson.set(person, left);
      },
    };
  }

  /** Counts bytes that have arrived. */
  count(person: string, address: string, bytes: number): void {
    bucketOf(this.#bytes, person, BYTES_BY_PERSON).charge(bytes);
    if (!isLoopback(address)) this.#bytesByNetwork.of(address).charge(bytes);
  }
}

/** Returns the bucket of a person; those that are unused for longest are forgotten. */
function bucketOf(
  buckets: Map<string, TokenBucket>,
  person: string,
  options: TokenBucketOptions,
): TokenBucket {
  const bucket = buckets.get(person) ?? new TokenBucket(options);
  buckets.delete(person);
  buckets.set(person, bucket);
  const [oldest] = buckets.keys();
  if (buckets.size > PEOPLE && oldest !== undefined) buckets.delete(oldest);
  return bucket;
}

function limited(reason: LimitReason, wait: number, why: string): Limited {
  const message = `Cannot upload now: ${why}; try again later`;
  return { reason, refusal: notNow(STATUS_CODE.TooManyRequests, message, wait) };
}
