import { networkOf, type Peer } from "./peer.ts";
import { type Attempt, Attempts } from "./login_limiter.ts";
import type { Backend } from "./backend.ts";
import {
  readBasic,
  readBearer,
  readCookie,
  readLogin,
  writeCookie,
} from "./request_credentials.ts";
import { judgeOrigin, type Refusal } from "./handshake.ts";
import type { Logger } from "../lib/logger.ts";
import type { Entry, Refusal as Unproven } from "../people/people.ts";
import type { ErrorLine, NameCommand } from "../protocol/mod.ts";
import { notNow, refuse } from "./responses.ts";
import { sessionCookieName } from "../people/session.ts";
import { STATUS_CODE } from "../lib/std.ts";

/** What {@linkcode Accounts} need. */
export interface AccountsOptions {
  backend: Backend;
  /** Where pages may come from that log in and out, besides the server itself. */
  origins: readonly string[];
  log: Logger;
  /** Called with the id of a session that has ended. */
  onLogout(session: string): void;
}

/** Why somebody can't enter. */
export interface NoEntry {
  readonly ok: false;
  readonly refusal: Refusal;
  /** Whether it is not known who that is: then nothing else is to be told. */
  readonly unproven: boolean;
}

/** Who is who, for requests: entering, logging in and out, and taking a name. Guesses are few. */
export class Accounts {
  readonly #options: AccountsOptions;
  readonly #cookie: string;
  readonly #attempts = new Attempts();

  constructor(options: AccountsOptions) {
    this.#options = options;
    this.#cookie = sessionCookieName(options.backend.id);
  }

  /** Answers a request to log in. */
  async login(request: Request, peer: Peer): Promise<Response> {
    const { people, presence } = this.#options.backend;
    const foreign = judgeOrigin(request, this.#options.origins);
    if (foreign) return refuse(foreign);
    const login = await readLogin(request);
    if ("status" in login) return refuse(login);
    const attempt = this.#attempt(peer);
    if ("status" in attempt) return refuse(attempt);
    const cookie = readCookie(request, this.#cookie);
    const form = { ...login.form, from: networkOf(peer.address) };
    const answer = await this.#stored(() => people.login(form, cookie));
    // Only what was not proven was a guess; the rest is not free of charge, because it may write.
    if (answer.ok || answer.status !== STATUS_CODE.Unauthorized) attempt.succeeded(1);
    if (!answer.ok) return refuse(refusalOf(answer));
    if (answer.was !== undefined) presence.rename(answer.person, answer.was);
    const response = login.json
      ? new Response(null, { status: STATUS_CODE.NoContent })
      : new Response(null, { status: STATUS_CODE.SeeOther, headers: { location: "/" } });
    this.setCookie(response, peer, answer.token);
    return response;
  }

  /** Answers a request to log out. */
  async logout(request: Request, peer: Peer): Promise<Response> {
    const foreign = judgeOrigin(request, this.#options.origins);
    if (foreign) return refuse(foreign);
    const { people } = this.#options.backend;
    const session = await this.#stored(() => people.logout(readCookie(request, this.#cookie)));
    if (typeof session === "object") return refuse(refusalOf(session));
    if (session !== undefined) this.#options.onLogout(session);
    const response = new Response(null, { status: STATUS_CODE.NoContent });
    this.setCookie(response, peer);
    return response;
  }

  /** Finds out who sent a request for a WebSocket; `plain` is there for a client of plain lines. */
  async enter(
    request: Request,
    peer: Peer,
    plain: { name: string } | undefined,
  ): Promise<Entry | NoEntry> {
    const basic = readBasic(request);
    const attempt = basic && this.#attempt(peer);
    if (attempt && "status" in attempt) return { ok: false, refusal: attempt, unproven: true };
    const credentials = {
      cookie: readCookie(request, this.#cookie),
      basic,
      plain,
      from: networkOf(peer.address),
    };
    const entry = await this.#stored(() => this.#options.backend.people.enter(credentials));
    const unproven = !entry.ok && entry.status === STATUS_CODE.Unauthorized;
    if (!unproven) attempt?.succeeded();
    if (entry.ok) return entry;
    const refusal = refusalOf(entry);
    // A browser would ask with a window of its own, in front of the page that asks better.
    if (unproven && !request.headers.has("origin")) {
      refusal.headers = { "www-authenticate": 'Basic realm="Hubbub", charset="UTF-8"' };
    }
    return { ok: false, refusal, unproven };
  }

  /** Why a request that needs the server's password can't be answered. */
  judgePassword(request: Request, peer: Peer): Refusal | undefined {
    const attempt = this.#attempt(peer);
    if ("status" in attempt) return attempt;
    if (!this.#options.backend.people.isPassword(readBearer(request) ?? "")) {
      return {
        status: STATUS_CODE.Unauthorized,
        message: "Cannot tell: send the server's password as Authorization: Bearer PASSWORD",
        headers: { "www-authenticate": 'Bearer realm="Hubbub"' },
      };
    }
    attempt.succeeded();
    return undefined;
  }

  /** Gives somebody who is connected from `address` another name; the error when that can't be. */
  async rename(
    entry: Entry,
    { name, secret }: NameCommand,
    address: string,
  ): Promise<ErrorLine | undefined> {
    const { people, presence } = this.#options.backend;
    // To hash a secret is as dear as to check one.
    const attempt = secret === undefined
      ? undefined
      : this.#attempts.begin(address, performance.now());
    if (typeof attempt === "number") {
      return { type: "error", code: "rate_limited", message: TOO_OFTEN, retry: attempt };
    }
    try {
      const naming = await people.take(entry.person, name, secret, networkOf(address));
      attempt?.succeeded(1);
      if (!naming.ok) {
        const { ok: _, ...error } = naming;
        return { type: "error", ...error };
      }
      presence.rename(naming.user, naming.was);
    } catch (error) {
      this.#options.log("name not stored", { error: String(error) });
      return { type: "error", code: "storage", message: "The name can't be kept now; try again" };
    }
  }

  /** Sets the session cookie in an answer; without `token` it is taken away. */
  setCookie(response: Response, peer: Peer, token?: string): void {
    writeCookie(response.headers, {
      name: this.#cookie,
      ...(token === undefined ? {} : { token }),
      secure: peer.secure,
    });
  }

  /** Does what needs the people's store. That it fails, its disk being full, say, is nobody's fault. */
  async #stored<T>(run: () => Promise<T>): Promise<T | Unstored> {
    try {
      return await run();
    } catch (error) {
      const { backend, log } = this.#options;
      // That NATS is lost is known and logged; it is no fault of each request.
      if (backend.connected !== false) log("people not stored", { error: String(error) });
      return UNSTORED;
    }
  }

  /** Begins an attempt to prove who one is. */
  #attempt({ address }: Peer): Attempt | Refusal {
    const attempt = this.#attempts.begin(address, performance.now());
    return typeof attempt === "number"
      ? notNow(STATUS_CODE.TooManyRequests, TOO_OFTEN, attempt)
      : attempt;
  }
}

const TOO_OFTEN = "Too many attempts from your address: wait a little";

/** What the people's store did not take. */
type Unstored = Pick<Unproven, "ok" | "reason" | "retry"> & { readonly status: 503 };

const UNSTORED: Unstored = {
  ok: false,
  status: STATUS_CODE.ServiceUnavailable,
  reason: "Who is who can't be stored now; try again in a while",
  retry: 10_000,
};

function refusalOf({ status, reason, retry }: Unproven | Unstored): Refusal {
  return retry === undefined ? { status, message: reason } : notNow(status, reason, retry);
}
