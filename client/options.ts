import type { Ending } from "./close_reasons.ts";
import type { Access, ErrorLine, HelloLine, NameCommand, User } from "../protocol/mod.ts";
import type { Proof, SessionKey } from "../protocol/sessions.ts";

/** The settings that a plain client gives in its URL. */
export interface PlainOptions {
  room: string;
  /** The number of newest messages it receives first. */
  history: number;
}

/** The owner of a client's connection. */
export interface ClientDelegate {
  /** The person, under their present name. */
  readonly user: User;
  /** The network that quotas charge: an IPv4 address, or the first half of an IPv6 address. */
  readonly network: string;
  /** See {@linkcode Subscriber.isBehindProxy}. */
  readonly isBehindProxy: boolean;
  /** The ids of the other people that its browser is; see {@linkcode Subscriber.aliases}. */
  readonly aliases: readonly string[];
  /** The session of its cookie; see {@linkcode Subscriber.session}. */
  readonly session: SessionKey | undefined;
  /** See {@linkcode Subscriber.proof}. */
  readonly proof: Proof | undefined;
  /** Present for a client that speaks plain lines. */
  readonly plain?: PlainOptions | undefined;
  /** Gives the person another name, or returns the error to answer with. */
  rename(command: NameCommand): Promise<ErrorLine | undefined>;
  /** Called once, when the client has left the hub. */
  onLeave(ending: Ending): void;
  /** Called when the socket is closed, which a stuck peer may delay without limit. May be called twice. */
  onGone(): void;
}

/** The limits of every client. */
export interface ClientOptions {
  /** The program's version, for `hello`. */
  version: string;
  /** Names the history, for `hello`. */
  store: string;
  /** Returns a person's role and rights, the settings of the chat and the admins, for `hello`. */
  welcome(
    person: string,
    aliases: readonly string[],
  ): Access & Pick<HelloLine, "chat" | "admins">;
  /** The most bytes of one message's text. */
  maxMessage: number;
  /** The most bytes of one file; 0 if the server takes none. */
  maxFile: number;
  /** Messages per second; 0 means no limit. */
  rate: number;
  /** The most bytes that may wait for the client, the runtime's buffer included. */
  sendBuffer: number;
  /** The time in ms after which a client that drains nothing is dropped. */
  writeWait: number;
}
