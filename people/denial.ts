/**
 * The reasons to refuse people, and the checks of what they send.
 *
 * @module
 */
import type { Naming } from "./credentials.ts";
import { BusyError } from "../lib/fair_queue.ts";
import { looksDeleted, looksLikeGroup, looksLikeGuest } from "./name_keys.ts";
import { GUEST_PREFIX, isSecret, LINK_SECRET_CHARACTERS, parseName } from "../protocol/names.ts";

/** The time after which a person may try again while too many secrets are hashed, in ms: some are done then. */
const BUSY_MS = 2000;

/** A secret, and the address it was sent from. */
export interface Secret {
  readonly text: string;
  readonly from: string | undefined;
}

/** A refusal: bad value, not proven, no such link, name taken, or too much to do now. */
export interface Denial {
  readonly ok: false;
  readonly status: 400 | 401 | 403 | 404 | 409 | 429;
  /** For people to read; it repeats nothing of what was received. */
  readonly reason: string;
  /** With 429: in ms, when to try again. */
  readonly retry?: number;
}

const GUEST_LOOKALIKE = `Cannot take the name: names like "${GUEST_PREFIX}…" are reserved`;
const GROUP_LOOKALIKE = "Cannot take the name: it looks like a word for a group of people";
const DELETED_LOOKALIKE = "Cannot take the name: it looks like that of a deleted person";
/** A refusal for want of the server's password. */
export const NO_ENTRY = "Cannot enter: the server password is missing or wrong";
/** A refusal of a request that is nobody's. */
export const NOBODY =
  "Cannot tell who you are: send the cookie of the page, or a name and its secret as Basic";
/** A refusal of a person who is banned. */
export const BANNED_PERSON = "You are banned from this chat";
/** A refusal of a network that is kept out. */
export const BANNED_NETWORK =
  "Nobody can come in from your network at the moment, because of somebody who was banned";
/** A refusal for a wrong secret. */
export const NOT_PROVEN = "Cannot enter: wrong secret for this name";
/** A refusal to change a secret. */
export const OLD_SECRET = "Cannot change the secret: the old one is missing or wrong";
/** A refusal to delete an account without its cookie. */
export const NO_ACCOUNT = "Cannot delete the account: log in with its name first";
/** A refusal to delete an account whose name was not given: nobody deletes another one by mistake. */
export const OTHER_NAME =
  "Cannot delete the account: the name is not the one that you are logged in with";
/** A refusal to delete an account. */
export const NOT_DELETED = "Cannot delete the account: the secret is missing or wrong";
/** A refusal to delete the last admin. */
export const LAST_ADMIN =
  "Cannot delete the account: this is the last admin; make somebody else an admin first";
/** A refusal of a new name of a person who is muted. */
export const MUTED_NAME = "Cannot take the name: you are muted";
/** A refusal of a name that is not free. */
export const TAKEN = "Cannot take the name: it belongs to another person or is in use";
/** A refusal of a link. */
export const LINK_GONE = "This link is not valid: it was used, replaced or revoked, or has expired";
/** A refusal of a newcomer who has no invitation. */
export const NEEDS_INVITATION = "Cannot enter: this chat is for people with an invitation; log in";
/** A refusal of a secret that is too short for what a link gives. */
export const SHORT_SECRET =
  `Cannot use the secret: it must have at least ${LINK_SECRET_CHARACTERS} characters`;
/** A refusal of a secret that is too long or empty. */
export const BAD_SECRET = "Cannot use the secret: it must have 1 to 256 characters";

/** Thrown inside to refuse a request; {@linkcode answering} returns it as a {@linkcode Denial}. */
export class Refused extends Error {
  constructor(readonly status: Denial["status"], readonly reason: string) {
    super(reason);
  }
}

/** Runs `run`, and returns a {@linkcode Denial} if it refuses or is too busy. */
export async function answering<T>(run: () => Promise<T>): Promise<T | Denial> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof Refused) return { ok: false, status: error.status, reason: error.reason };
    if (error instanceof BusyError) {
      return { ok: false, status: 429, reason: error.message, retry: BUSY_MS };
    }
    throw error;
  }
}

/** Parses a name that a person wants to have; one that looks like a guest's, a group's or a deleted person's is a problem. */
export function parseOwnName(text: string): ReturnType<typeof parseName> {
  const parsed = parseName(text);
  if ("problem" in parsed) return parsed;
  if (looksLikeGuest(parsed.name)) return { problem: GUEST_LOOKALIKE };
  if (looksLikeGroup(parsed.name)) return { problem: GROUP_LOOKALIKE };
  return looksDeleted(parsed.name) ? { problem: DELETED_LOOKALIKE } : parsed;
}

/**
 * Returns a valid name.
 *
 * @throws {Refused} The name is invalid.
 */
export function readName(text: string): string {
  const parsed = parseOwnName(text);
  if ("problem" in parsed) throw new Refused(400, parsed.problem);
  return parsed.name;
}

/**
 * Returns a valid secret.
 *
 * @throws {Refused} The secret is invalid.
 */
export function readSecret(text: string, from: string | undefined): Secret {
  if (!isSecret(text)) throw new Refused(400, BAD_SECRET);
  return { text, from };
}

/** Says in an answer to a `name` command why it was refused. */
export function notNamed({ status, reason: message, retry = BUSY_MS }: Denial): Naming {
  if (status === 401) return { ok: false, code: "bad_secret", message };
  if (status === 403) return { ok: false, code: "muted", message };
  if (status === 409) return { ok: false, code: "name_taken", message };
  return { ok: false, code: "rate_limited", message, retry };
}
