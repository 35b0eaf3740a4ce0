/**
 * The data with which people enter, log in and take names, and the answers.
 *
 * @module
 */
import type { Person } from "./connected.ts";
import type { Device, Proof, SessionKey } from "../protocol/sessions.ts";

/** The credentials in a request for a WebSocket. */
export interface Credentials {
  /** The value of the session cookie. */
  readonly cookie?: string;
  /** Basic authentication, decoded: the part before the first colon, and the part after it. */
  readonly basic?: { readonly user: string; readonly password: string };
  /** Present for a client of plain lines; `name` is the one in its address. */
  readonly plain?: { readonly name?: string };
  /** The network of the sender; see {@linkcode SlowHash.hash}. */
  readonly from?: string;
  readonly device?: Device;
}

/** The data of a login form. An empty secret or password counts as none. */
export interface LoginForm {
  readonly name: string;
  readonly secret?: string;
  /** The person's present secret; with it, `secret` replaces it. */
  readonly old?: string;
  readonly password?: string;
  /** The token of a link that the person has followed. */
  readonly link?: string;
  /** The hash of the token of an invitation that the person has followed. */
  readonly invite?: string;
  /** The network of the sender; see {@linkcode SlowHash.hash}. */
  readonly from?: string;
  readonly device?: Device;
  /** Whether to keep or delete the messages of a deleted account. */
  readonly messages?: "keep" | "delete";
}

/** The data with which the holder of a link sets a person's secret. */
export interface PasswordReset extends Pick<LoginForm, "secret" | "password" | "from" | "device"> {
  /** The id of the person whom the link is for. */
  readonly person: string;
}

/** The data with which a person deletes their account. */
export type AccountForm = Pick<LoginForm, "name" | "secret" | "from" | "messages">;

/** An account that was deleted. */
export interface DeletedAccount {
  readonly ok: true;
  /** See {@linkcode LoggedOut.token}. */
  readonly token?: string;
}

/** A command to take a name. */
export interface NameChange {
  readonly name: string;
  /** The new secret; without it the former one stays. */
  readonly secret?: string | undefined;
  /** The present secret, which a person who has one must give to change it. */
  readonly old?: string | undefined;
  /** The network of the sender; see {@linkcode SlowHash.hash}. */
  readonly from?: string;
  /** The ids of the other people that the sender is; see {@linkcode Admission.aliases}. */
  readonly aliases?: readonly string[];
}

/** A connection that was let in. Dispose it when the connection has ended; twice does no harm. */
export interface Admission extends Disposable {
  readonly ok: true;
  /** The person, with the present name. */
  readonly person: Person;
  /**
   * The ids of the other people that the cookie, or the one that is set, is of: where one of them may not write or be
   * here, neither may this connection.
   */
  readonly aliases: readonly string[];
  /** The cookie's session, which a logout may end; none for a person proven by Basic. */
  readonly session?: SessionKey;
  /** The owner of the name that let it in, by the secret or because the name was held before, with the generation then. */
  readonly proof?: Proof | undefined;
  /** Present if Basic has taken a free name with it. */
  readonly taken?: true;
  /** The value for a new session cookie, if one should be set. */
  readonly token?: string;
  /** Records that the person uses the name and the session. Costs little twice in a day. Never rejects. */
  see(): Promise<void>;
}

/** A person whom the credentials of a request prove. */
export interface Recognized {
  readonly ok: true;
  /** The person's id. */
  readonly person: string;
  /** The session of the cookie that proves it. */
  readonly session?: SessionKey;
  /** The proof by a secret. */
  readonly proof?: Proof;
  /** Present if Basic has taken a free name with it. */
  readonly taken?: true;
}

/** A successful login. */
export interface LoggedIn {
  readonly ok: true;
  readonly person: Person;
  /** The former name, if this login renamed a person who may be connected elsewhere. */
  readonly was?: string;
  /** The value for the session cookie. */
  readonly token: string;
  /** True if all earlier sessions of the person have ended, so that their connections must end. */
  readonly ended: boolean;
}

/** What a logout may end, and when. */
export interface LogoutOptions {
  /** Ends all sessions of the person, and not only that of the cookie. */
  readonly everywhere?: boolean;
  /** The network of the sender. */
  readonly from?: string;
  /** Returns whether it is stored that a session of a person has ended; if not, the cookie's copies stay valid. */
  stores?(person: string): boolean;
}

/** The result of a logout. */
export interface LoggedOut {
  /** The session that has ended; absent if it had ended before, or goes on. */
  readonly session?: string;
  /** The value for a cookie by which the browser of a muted person stays muted as a new guest; else it is removed. */
  readonly token?: string;
  /** The person, if all of the person's sessions have ended. */
  readonly person?: string;
}

/** The answer to a `name` command; `code` is one of the protocol's. */
export type Naming =
  | {
    readonly ok: true;
    readonly user: Person;
    readonly was: string;
    /** True if all sessions of the person have ended, so that all other connections must end. */
    readonly ended: boolean;
  }
  | {
    readonly ok: false;
    readonly code:
      | "bad_name"
      | "bad_value"
      | "bad_secret"
      | "name_taken"
      | "muted"
      | "rate_limited";
    readonly message: string;
    /** With `rate_limited`: the time after which to try again, in ms. */
    readonly retry?: number;
  };
