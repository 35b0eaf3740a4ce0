/**
 * Links with a token: who knows the token may do what the link is for.
 *
 * @module
 */
import { createHash, randomBytes } from "node:crypto";
import { NUMBER_CHARACTERS, type NumberCipher } from "../lib/number_cipher.ts";
import { DAY_MS } from "../lib/time.ts";
import type { InviteCommand } from "../protocol/links.ts";
import type { Event } from "./events.ts";
import type { EventOutcome } from "./outcome.ts";
import { type StoredLink, StoredLinks } from "./links.ts";
import { Permissions } from "./permissions.ts";
import type { SmallEvents } from "./small_events.ts";
import { positions, readPosition } from "../people/session.ts";
import type { State } from "./state.ts";

/** Bytes of a token's random part: nobody can guess it. */
const TOKEN_BYTES = 18;

/** Characters of the random part in base64url, and of the position after it; former versions of the program showed its number. */
const TOKEN = new RegExp(
  `^([A-Za-z0-9_-]{24})(?:\\.([0-9a-z]{1,11}|[A-Za-z0-9_-]{${NUMBER_CHARACTERS}}))?$`,
);

/** The time for which an invitation works by default, in days. */
const INVITE_DEFAULT_DAYS = 7;

/** Appends an event in the turn of whoever wants it. */
type Append = (event: Event) => Promise<EventOutcome>;

/** A link that was made. */
export interface MadeLink {
  readonly token: string;
  /** The time at which it ends, in ms since 1970. */
  readonly until: number;
}

/** A token as it was read from an address. */
interface Token {
  readonly hash: string;
  /** The position in the log at which its link was known, as it is printed. */
  readonly position: string;
}

/** The parts that {@linkcode Links} works with. */
export interface LinksOptions {
  readonly state: State;
  readonly events: SmallEvents;
  /** Resolves when the state has reached a position of the log. Rejects when that takes too long. */
  reach(position: number): Promise<void>;
  /** Returns the log's time, in ms since 1970. */
  now(): number;
}

/** Makes links, finds them by their tokens, and uses them. Stored is only the hash of a token. */
export class Links {
  readonly #options: LinksOptions;
  readonly #stored: StoredLinks;
  readonly #permissions: Permissions;

  constructor(options: LinksOptions) {
    this.#options = options;
    this.#permissions = new Permissions(options.state.database.db);
    this.#stored = new StoredLinks(options.state.database.db);
  }

  /**
   * Offers a link by which the first admin is appointed, in place of the former one.
   *
   * @returns The token; undefined if there is, or was, an admin.
   */
  async offerClaim(): Promise<string | undefined> {
    if (this.#options.state.database.guard(() => this.#stored.isClaimed())) return undefined;
    const secret = newSecret();
    const outcome = await this.#options.events.append({ type: "claim_link", hash: hashOf(secret) });
    return outcome.type === "changed" ? this.#tokenOf(secret) : undefined;
  }

  /**
   * Returns the link with a token. Its server may be ahead of this one: waits until this one knows as much.
   * Rejects when that takes too long.
   */
  async find(token: string): Promise<StoredLink | undefined> {
    const read = readToken(token);
    if (read === undefined) return undefined;
    await this.#options.reach(readPosition(this.#positions, read.position));
    return this.#options.state.database.guard(() => {
      const link = this.#stored.find(read.hash, this.#options.now());
      if (link === undefined) return undefined;
      const { kind, by, room } = link;
      const mayHelp = kind === "invite"
        ? this.#permissions.mayInvite(by, room)
        : this.#permissions.mayHelp(by);
      return mayHelp ? link : undefined;
    });
  }

  /**
   * Makes a link with which newcomers can take a name, or returns why that was refused.
   *
   * @param append Appends the event; by default the server itself does.
   */
  async makeInvite(
    { days = INVITE_DEFAULT_DAYS, uses, room }: Pick<InviteCommand, "days" | "uses" | "room">,
    by: string,
    append?: Append,
  ): Promise<MadeLink | EventOutcome> {
    return await this.#make((hash) => ({
      ...{ type: "invite", hash, lasts: days * DAY_MS, by },
      ...(uses !== undefined && { uses }),
      ...(room !== undefined && { room }),
    }), append);
  }

  /** Returns the invitations, newest first, those that have ended too. */
  invites(): StoredLink[] {
    return this.#options.state.database.guard(() => this.#stored.invites());
  }

  /** As {@linkcode makeInvite}, a link with which a person sets a new secret. */
  async makeReset(person: string, by: string, append?: Append): Promise<MadeLink | EventOutcome> {
    const eventOf = (hash: string) =>
      ({ type: "reset_link", hash, person, lasts: DAY_MS, by }) as const;
    return await this.#make(eventOf, append);
  }

  async #make(
    eventOf: (hash: string) => Event,
    append: Append = (event) => this.#options.events.append(event),
  ): Promise<MadeLink | EventOutcome> {
    const secret = newSecret();
    const hash = hashOf(secret);
    const outcome = await append(eventOf(hash));
    const link = this.#stored.find(hash, 0);
    if (outcome.type !== "changed" || link === undefined) return outcome;
    return { token: this.#tokenOf(secret), until: link.until };
  }

  /**
   * Sets the secret of the person whom a link is for.
   *
   * @param secret Its slow hash.
   * @param from The source that the work is charged to.
   */
  reset(token: string, secret: string, from?: string): Promise<EventOutcome> {
    const { hash = "" } = readToken(token) ?? {};
    // The person's own events must not wait here for those of whoever has the link.
    return this.#append({ type: "secret_reset", hash, secret }, from, from);
  }

  /** Makes a person a member of the private room that the invitation with this hash is to; `from` as of a reset. */
  accept(hash: string, person: string, from?: string): Promise<EventOutcome> {
    return this.#append({ type: "invite_accepted", hash, person }, from, person);
  }

  /** Makes a person who has a name and a secret the first admin; `from` as of a reset. */
  claim(token: string, person: string, from?: string): Promise<EventOutcome> {
    const { hash = "" } = readToken(token) ?? {};
    return this.#append({ type: "claim", hash, person }, from, person);
  }

  #append(event: Event, network: string | undefined, person = network): Promise<EventOutcome> {
    const by = person === undefined || network === undefined ? undefined : { network, person };
    return this.#options.events.append(event, by);
  }

  #tokenOf(secret: string): string {
    return `${secret}.${this.#positions.print(this.#options.state.progress.position)}`;
  }

  get #positions(): NumberCipher {
    const { store } = this.#options.state;
    if (store === undefined) throw new Error("Cannot use links: the chat is not begun");
    return positions(store.key);
  }
}

function newSecret(): string {
  return randomBytes(TOKEN_BYTES).toString("base64url");
}

function readToken(token: string): Token | undefined {
  const [, secret, position = "0"] = TOKEN.exec(token) ?? [];
  if (secret === undefined) return undefined;
  return { hash: hashOf(secret), position };
}

function hashOf(secret: string): string {
  return createHash("sha256").update(secret).digest("base64url");
}
