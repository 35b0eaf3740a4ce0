/**
 * Sessions: the signed cookie by which a browser is known. It carries all that is needed to be the same
 * person again, so that a guest costs the server nothing.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { NumberCipher } from "../lib/number_cipher.ts";

/** The time that a session lasts after it was last renewed, in seconds: 400 days, the most that browsers keep a cookie. */
export const SESSION_SECONDS = 400 * 24 * 60 * 60;

/** A session younger than this, in seconds, is not renewed: a day, so that few answers carry a cookie. */
const RENEW_AFTER_SECONDS = 24 * 60 * 60;

/** The longest token that is read; no token of this program is as long. */
const MAX_TOKEN_CHARACTERS = 200;

/** No `0`, `1`, `l`, `o`: parts of ids are read aloud as guests' names. 32 of them: 5 bits each. */
const ID_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789";

/** 100 bits: an id cannot be guessed, and no two are the same. */
const ID_CHARACTERS = 20;

/** The content of a valid cookie. */
export interface Session {
  /** Stays through renewals; it is what a logout ends. */
  readonly id: string;
  /** The id of the person whose session it is. */
  readonly person: string;
  /** True if the server's password was given when it was issued, and is still the same one. */
  readonly entered: boolean;
  /** True if it is old enough to be issued again. */
  readonly aging: boolean;
  /** The number of times that all sessions of the person had been ended when it was issued. */
  readonly generation: number;
  /** The number of keys before the one that has signed it. */
  readonly rotation: number;
  /** The store's position when it was issued: what it says may be unknown before that. */
  readonly position: number;
  /** Another person that the browser was, and that was muted: the mute is the browser's. */
  readonly also?: string;
}

/** A new random id, of a person or a session. */
export function randomId(): string {
  return idOf(randomBytes(ID_CHARACTERS));
}

/**
 * The name of the session cookie. It ends in digits of the store's id, a random text of letters and
 * digits, because browsers distinguish two servers on one host only by the cookie's name.
 */
export function sessionCookieName(storeId: string): string {
  return `hubbub_${storeId.slice(-6)}`;
}

/** The keys of a store. */
export interface SigningKeys {
  /** Signs the cookies; 32 random bytes. */
  readonly key: Uint8Array;
  /** The number of keys before it. */
  readonly rotation: number;
  /** The last ones before it, newest first. What they have signed proves nothing, but tells who a browser was. */
  readonly former: readonly Uint8Array[];
}

export interface SessionsOptions {
  /** Returns the present keys. */
  keys: () => SigningKeys;
  /** The server's password, if it has one. */
  password?: string;
  /** The time, in milliseconds since 1970; by default that of the clock. */
  now?: () => number;
}

/**
 * Issues and reads session tokens: `person.session.issued.entry.generation.position.also.signature`, with
 * `also` only if there is such a person, and else generation and position only if one of them is not 0. The position is
 * encrypted.
 *
 * `entry` is a MAC of the server's password. So a token from before a change of the password still says
 * whose it is, but no longer lets anyone in.
 *
 * A token that a former key has signed may be anyone's who has a copy of that key. It still says who a browser was, by
 * which a mute or a ban is known.
 */
export class Sessions {
  readonly #keys: () => SigningKeys;
  readonly #password: string;
  readonly #now: () => number;

  constructor({ keys, password = "", now = Date.now }: SessionsOptions) {
    this.#keys = keys;
    this.#now = now;
    this.#password = password;
  }

  /** The number of keys before the present one. */
  get rotation(): number {
    return this.#keys().rotation;
  }

  /** Returns a token for a person who may enter: of a new session, or of `session` renewed. */
  issue(
    person: string,
    { session = randomId(), generation = 0, position = 0, also, entered = true }: {
      readonly session?: string | undefined;
      readonly generation?: number | undefined;
      /** The store's at this moment. */
      readonly position?: number;
      readonly also?: string | undefined;
      /** Whether the server's password was given. */
      readonly entered?: boolean;
    } = {},
  ): string {
    const { key } = this.#keys();
    const issued = Math.floor(this.#now() / 1000);
    const isShort = generation + position === 0 && also === undefined;
    const numbers = isShort ? "" : `.${generation}.${positions(key).print(position)}`;
    const ending = numbers + (also === undefined ? "" : `.${also}`);
    const entry = entered ? this.#entryOf(key) : "";
    const body = `${person}.${session}.${issued.toString(36)}.${entry}${ending}`;
    return `${body}.${mac(key, "session", body).toString("base64url")}`;
  }

  /** Reads a token. Returns undefined if it is forged, cut, too old or no token at all. */
  read(token: string): Session | undefined {
    if (token.length > MAX_TOKEN_CHARACTERS) return undefined;
    const end = token.lastIndexOf(".");
    const body = token.slice(0, Math.max(end, 0));
    const keys = this.#keys();
    const all = [keys.key, ...keys.former];
    const signer = all.findIndex((key) =>
      sameText(mac(key, "session", body).toString("base64url"), token.slice(end + 1))
    );
    const signed = all[signer];
    if (signed === undefined) return undefined;
    const [person, id, issued, entry, generation = "0", position = "0", also] = body.split(".");
    if (person === undefined || id === undefined || issued === undefined) return undefined;
    const age = this.#now() / 1000 - parseInt(issued, 36);
    if (age > SESSION_SECONDS) return undefined;
    return {
      ...{ id, person, aging: age > RENEW_AFTER_SECONDS },
      entered: entry === this.#entryOf(keys.key),
      generation: Number(generation),
      rotation: keys.rotation - signer,
      position: readPosition(positions(signed), position),
      ...(also !== undefined && { also }),
    };
  }

  /**
   * The id of a person who exists only as `label` of the person `owner`: always the same one, and nobody
   * can tell whose it is.
   */
  derivedId(owner: string, label: string): string {
    return idOf(mac(this.#keys().key, "derived", `${owner}\n${label}`));
  }

  #entryOf(key: Uint8Array): string {
    return mac(key, "entry", this.#password).toString("base64url").slice(0, 11);
  }
}

/**
 * Returns what prints the positions of the log in cookies and links: encrypted, because the difference between two of them would
 * tell how much happens that a person may not know of.
 */
export function positions(key: Uint8Array): NumberCipher {
  return new NumberCipher(key, "positions");
}

/** Returns a printed position; 0 if it is none. Former versions of the program showed the number. */
export function readPosition(cipher: NumberCipher, text: string): number {
  return /^[0-9a-z]{1,11}$/.test(text) ? parseInt(text, 36) : cipher.read(text) ?? 0;
}

function mac(key: Uint8Array, purpose: string, text: string): Buffer {
  return createHmac("sha256", key).update(`${purpose}\n${text}`).digest();
}

/** Of this process alone, so that nobody can foresee the MACs that are compared. */
const COMPARISON_KEY = randomBytes(32);

/** Returns whether two texts are the same, in a time that does not depend on where they differ. */
export function sameText(a: string, b: string): boolean {
  const mac = (text: string) => createHmac("sha256", COMPARISON_KEY).update(text).digest();
  return timingSafeEqual(mac(a), mac(b));
}

function idOf(bytes: Uint8Array): string {
  return Array.from(bytes.subarray(0, ID_CHARACTERS), (byte) => ID_ALPHABET.charAt(byte & 31))
    .join("");
}
