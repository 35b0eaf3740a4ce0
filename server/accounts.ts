import type { Peer } from "./peer.ts";
import { networkOf, siteKey } from "../lib/ip_networks.ts";
import { type Attempt, ENTRY_COST, LoginLimiter, NAME_COST } from "./login_limiter.ts";
import type { Backend } from "./backend.ts";
import {
  readBasic,
  readBearer,
  readCookie,
  readLogin,
  writeCookie,
} from "./request_credentials.ts";
import { readDevice } from "./device.ts";
import { LogoutLimiter } from "./logout_limiter.ts";
import { queryOf } from "./request.ts";
import { notNow, type Refusal, refuse } from "./responses.ts";
import type { Logger } from "../lib/logger.ts";
import type { Admission, Recognized } from "../people/credentials.ts";
import { BANNED_NETWORK, type Denial, LINK_GONE, NEEDS_INVITATION } from "../people/denial.ts";
import { loginWithLink } from "./link_logins.ts";
import type { ErrorLine, NameCommand } from "../protocol/mod.ts";
import { sessionCookieName } from "../people/session.ts";
import { STATUS_CODE } from "../lib/std.ts";

/** Options of {@linkcode Accounts}. */
export interface AccountsOptions {
  backend: Backend;
  log: Logger;
  /** Called with the id of a session that has ended. */
  onLogout(session: string): void;
  /** Called when all sessions of a person have ended; `except` is the connection that asked for it. */
  onSessionsEnded(person: string, except?: Admission): void;
}

/** Reason to refuse a connection because of its credentials. */
export interface LoginDenial {
  readonly ok: false;
  readonly refusal: Refusal;
  /** True when the credentials prove nothing. The answer must then say nothing else about the server. */
  readonly unproven: boolean;
}

/** Identifies people by their requests: entering, logging in and out, taking a name. Limits guesses. */
export class Accounts {
  /** The numbers of links used, and of invalid ones. */
  readonly links = { used: 0, invalid: 0 };
  readonly #options: AccountsOptions;
  readonly #cookie: string;
  readonly #limiter = new LoginLimiter();
  readonly #logouts = new LogoutLimiter();

  constructor(options: AccountsOptions) {
    this.#options = options;
    this.#cookie = sessionCookieName(options.backend.id);
  }

  /** The number of times that the key of all sessions was replaced. */
  get rotation(): number {
    return this.#options.backend.people.rotation;
  }

  /** Answers a request to log in. */
  async login(request: Request, peer: Peer): Promise<Response> {
    const { backend } = this.#options;
    const kept = await this.judgeNetwork(peer);
    if (kept) return refuse(kept);
    const login = await readLogin(request);
    if ("status" in login) return refuse(login);
    const { secret, old, password, link } = login.form;
    const attempt = this.#attempt(peer, Boolean(secret || old || password || link));
    if ("status" in attempt) return refuse(attempt);
    const cookie = readCookie(request, this.#cookie);
    const form = { ...login.form, from: siteKey(peer.address), device: readDevice(request) };
    const answer = await this.#stored(() => loginWithLink(backend, form, cookie));
    // Only what was not proven was a wrong guess. The rest has a price too, since it may write to the store.
    if (answer.ok) attempt.succeeded(NAME_COST);
    else if (!WRONG_GUESSES.includes(answer.status)) attempt.refund(NAME_COST);
    if (link !== undefined) this.#countLink(answer);
    if (!answer.ok) return refuse(refusalOf(answer));
    if (answer.was !== undefined) backend.presence.rename(answer.person, answer.was);
    if (answer.ended) this.#options.onSessionsEnded(answer.person.id);
    const response = answer.linkLost
      ? refuse({ status: STATUS_CODE.NotFound, message: LINK_GONE })
      : login.json
      ? new Response(null, { status: STATUS_CODE.NoContent })
      : new Response(null, { status: STATUS_CODE.SeeOther, headers: { location: "/" } });
    this.setCookie(response, peer, answer.token);
    return response;
  }

  /** Answers the page of somebody who has followed a link: what it is for. */
  async describeLink(request: Request, peer: Peer): Promise<Response> {
    const { backend } = this.#options;
    const kept = await this.judgeNetwork(peer);
    if (kept) return refuse(kept);
    const login = await readLogin(request);
    if ("status" in login) return refuse(login);
    const attempt = this.#attempt(peer, true);
    if ("status" in attempt) return refuse(attempt);
    const link = await this.#stored(async () =>
      await backend.links.find(login.form.link ?? "") ?? NO_LINK
    );
    if ("status" in link) {
      if (link !== NO_LINK) attempt.refund(NAME_COST);
      this.#countLink(link);
      return refuse(refusalOf(link));
    }
    attempt.succeeded(NAME_COST);
    const { chat } = backend.permissions.welcome("");
    const password = !backend.people.isPassword("");
    const { kind, person, room } = link;
    const name = person !== undefined && backend.permissions.summary(person).name;
    return Response.json({
      kind,
      chat: chat.name,
      password,
      ...(name && { name }),
      ...(room && { room }),
    });
  }

  #countLink(
    { ok, linkLost, status }: { ok?: boolean; linkLost?: boolean; status?: number },
  ): void {
    if (ok && !linkLost) this.links.used++;
    else if (linkLost || status === STATUS_CODE.NotFound) this.links.invalid++;
  }

  /** Answers a request to log out, with `?everywhere=1` on all devices. */
  async logout(request: Request, peer: Peer): Promise<Response> {
    const { people, permissions } = this.#options.backend;
    const everywhere = queryOf(request).get("everywhere") === "1";
    const cookie = readCookie(request, this.#cookie);
    const now = performance.now();
    const wait = cookie === undefined ? 0 : this.#logouts.take(peer.address, now);
    if (wait > 0) return refuse(notNow(STATUS_CODE.TooManyRequests, TOO_OFTEN, wait));
    const stores = (person: string) =>
      permissions.role(person) !== "guest" || this.#logouts.takeGuest(peer.address, now) === 0;
    const from = siteKey(peer.address);
    const ended = await this.#stored(() => people.logout(cookie, { everywhere, stores, from }));
    if (ended && "status" in ended) return refuse(refusalOf(ended));
    if (ended?.session !== undefined) this.#options.onLogout(ended.session);
    const response = new Response(null, { status: STATUS_CODE.NoContent });
    this.setCookie(response, peer, ended?.token);
    return response;
  }

  /** Answers a request to delete the account that the cookie is of. */
  async deleteAccount(request: Request, peer: Peer): Promise<Response> {
    const { people } = this.#options.backend;
    const body = await readLogin(request);
    if ("status" in body) return refuse(body);
    const { name, secret, messages } = body.form;
    const attempt = this.#attempt(peer, secret !== undefined);
    if ("status" in attempt) return refuse(attempt);
    const cookie = readCookie(request, this.#cookie);
    const form = {
      ...{ name, from: siteKey(peer.address) },
      ...(secret !== undefined && { secret }),
      ...(messages !== undefined && { messages }),
    };
    const answer = await this.#stored(() => people.deleteAccount(form, cookie));
    if (answer.ok) attempt.succeeded(NAME_COST);
    else if (!WRONG_GUESSES.includes(answer.status)) attempt.refund(NAME_COST);
    if (!answer.ok) return refuse(refusalOf(answer));
    const response = new Response(null, { status: STATUS_CODE.NoContent });
    this.setCookie(response, peer, answer.token);
    return response;
  }

  /** Identifies the sender of a request for a WebSocket; `plain` is present for a client of plain lines. */
  async enter(
    request: Request,
    peer: Peer,
    plain: { name: string } | undefined,
  ): Promise<Admission | LoginDenial> {
    const basic = readBasic(request);
    const guesses = Boolean(basic?.password);
    const attempt = basic || plain?.name ? this.#attempt(peer, guesses) : undefined;
    if (attempt && "status" in attempt) return { ok: false, refusal: attempt, unproven: true };
    const credentials = {
      cookie: readCookie(request, this.#cookie),
      basic,
      plain,
      from: siteKey(peer.address),
      device: readDevice(request),
    };
    const admission = await this.#stored(() => this.#options.backend.people.enter(credentials));
    const unproven = !admission.ok && admission.status === STATUS_CODE.Unauthorized;
    // A refused name costs as much as a stored one, so that nobody can ask which names exist.
    if (admission.ok) attempt?.succeeded(costOf(admission));
    else if (!unproven) attempt?.refund(NAME_COST);
    if (admission.ok) {
      const kept = await this.judgeNetwork(peer, admission.person.id);
      if (kept === undefined) return admission;
      admission[Symbol.dispose]();
      return { ok: false, refusal: kept, unproven: false };
    }
    const refusal = refusalOf(admission);
    // A browser would open its own dialog in front of the page, which asks better.
    if (unproven && !request.headers.has("origin")) {
      refusal.headers = { "www-authenticate": BASIC };
    }
    return { ok: false, refusal, unproven };
  }

  /** Returns the person who sends a request that is neither a login nor a connection. */
  async recognize(request: Request, peer: Peer): Promise<Recognized | Refusal> {
    const basic = readBasic(request);
    const attempt = basic ? this.#attempt(peer, Boolean(basic.password)) : undefined;
    if (attempt && "status" in attempt) return attempt;
    const cookie = readCookie(request, this.#cookie);
    const credentials = { cookie, basic, from: siteKey(peer.address) };
    const known = await this.#stored(() => this.#options.backend.people.recognize(credentials));
    if (known.ok) attempt?.succeeded(costOf(known));
    else if (known.status !== STATUS_CODE.Unauthorized) attempt?.refund(NAME_COST);
    if (known.ok) return await this.judgeNetwork(peer, known.person) ?? known;
    const refusal = refusalOf(known);
    if (known.status === STATUS_CODE.Unauthorized && !isFromPage(request)) {
      refusal.headers = { "www-authenticate": BASIC };
    }
    return refusal;
  }

  /** Whether what proved who somebody is still does. */
  isKnown({ session, proof }: Recognized): boolean {
    const { permissions } = this.#options.backend;
    return (session === undefined || permissions.isLoggedIn(session)) &&
      (proof === undefined || permissions.isProven(proof));
  }

  /** The reason to refuse a request from a banned network; a person who is known to be an admin may enter. */
  async judgeNetwork({ address }: Peer, person = ""): Promise<Refusal | undefined> {
    const { permissions } = this.#options.backend;
    const network = networkOf(address);
    const isKeptOut = await this.#stored(() =>
      Promise.try(() => permissions.isKeptOut(person, network, permissions.now()))
    );
    if (typeof isKeptOut === "object") return refusalOf(isKeptOut);
    return isKeptOut ? { status: STATUS_CODE.Forbidden, message: BANNED_NETWORK } : undefined;
  }

  /** Judges a request of a monitor, which needs the server's password if there is one, or else an admin's secret. */
  async judgeMonitor(request: Request, peer: Peer): Promise<Refusal | undefined> {
    const { people, permissions } = this.#options.backend;
    const isOpen = permissions.mayEnter("");
    // Nothing is guessed: monitoring continues while its address takes too many names.
    if (people.isPassword("") && isOpen) return undefined;
    if (readBasic(request) !== undefined) {
      const admission = await this.enter(request, peer, undefined);
      if (!admission.ok) return admission.refusal;
      using person = admission;
      if (permissions.mayAdminister(person.person.id)) return undefined;
      return {
        status: STATUS_CODE.Forbidden,
        message: "Cannot show the metrics: they are for admins",
      };
    }
    if (people.isPassword("")) {
      return {
        status: STATUS_CODE.Unauthorized,
        message: "Cannot show the metrics: send the name and the secret of an admin as Basic",
        headers: { "www-authenticate": BASIC },
      };
    }
    const password = readBearer(request) ?? "";
    const attempt = this.#attempt(peer, password !== "");
    if ("status" in attempt) return attempt;
    if (!people.isPassword(password)) {
      return {
        status: STATUS_CODE.Unauthorized,
        message:
          "Cannot show the metrics: send the server's password as Authorization: Bearer PASSWORD",
        headers: { "www-authenticate": 'Bearer realm="Hubbub"' },
      };
    }
    attempt.succeeded();
    return undefined;
  }

  /** Gives a person who is connected from `address` another name; resolves to the error if that fails. */
  async rename(
    admission: Admission,
    { name, secret, old }: NameCommand,
    address: string,
  ): Promise<ErrorLine | undefined> {
    const { people, presence } = this.#options.backend;
    const guesses = secret !== undefined || old !== undefined;
    const attempt = this.#limiter.begin(address, performance.now(), { guesses });
    if (typeof attempt === "number") {
      return { type: "error", code: "rate_limited", message: TOO_OFTEN, retry: attempt };
    }
    try {
      const from = siteKey(address);
      const naming = await people.take(admission.person, {
        ...{ name, secret, old, from },
        aliases: admission.aliases,
      });
      // A secret that is set is no guess, and a right `old` is none that a stranger could make.
      if (naming.ok || naming.code !== "bad_secret") attempt.refund(NAME_COST);
      if (!naming.ok) {
        const { ok: _, ...error } = naming;
        return { type: "error", ...error };
      }
      presence.rename(naming.user, naming.was);
      // A guest's session is listed from now on.
      await admission.see();
      if (naming.ended) this.#options.onSessionsEnded(naming.user.id, admission);
    } catch (error) {
      this.#options.log("name not stored", { error: String(error) });
      return {
        type: "error",
        code: "storage",
        message: "Cannot store the name at the moment: try again later",
      };
    }
  }

  /** Sets the session cookie in an answer; without `token` it is removed. */
  setCookie(response: Response, peer: Peer, token?: string): void {
    writeCookie(response.headers, {
      name: this.#cookie,
      ...(token === undefined ? {} : { token }),
      secure: peer.scheme === "https:",
    });
  }

  /** Runs what needs the people's store, and answers 503 when the store fails. */
  async #stored<T>(run: () => Promise<T>): Promise<T | Unstored> {
    try {
      return await run();
    } catch (error) {
      const { backend, log } = this.#options;
      // A lost NATS has been logged already.
      if (backend.connected !== false) log("people not stored", { error: String(error) });
      return UNSTORED;
    }
  }

  /** Begins an attempt to prove an identity or to get a name; `guesses` with a secret or a password. */
  #attempt({ address }: Peer, guesses: boolean): Attempt | Refusal {
    const attempt = this.#limiter.begin(address, performance.now(), { guesses });
    return typeof attempt === "number"
      ? notNow(STATUS_CODE.TooManyRequests, TOO_OFTEN, attempt)
      : attempt;
  }
}

/** Returns the price of an entry, which may have stored a name. */
function costOf({ taken }: { readonly taken?: true }): number {
  return taken ? NAME_COST : ENTRY_COST;
}

/** The challenge to send a name and its secret. */
const BASIC = 'Basic realm="Hubbub", charset="UTF-8"';

/** Whether a browser sends a request, which would open its own dialog in front of the page, which asks better. */
function isFromPage({ headers }: Request): boolean {
  return headers.has("origin") || headers.has("sec-fetch-mode");
}

const NO_LINK = { ok: false, status: 404, reason: LINK_GONE } as const;

/** The answers to a secret, a password or a link that is not right. */
const WRONG_GUESSES: readonly number[] = [STATUS_CODE.Unauthorized, STATUS_CODE.NotFound];

const TOO_OFTEN = "Too many attempts from your address: try again later";

/** The answer while the people's store fails. */
type Unstored = Pick<Denial, "ok" | "reason" | "retry"> & { readonly status: 503 };

const UNSTORED: Unstored = {
  ok: false,
  status: STATUS_CODE.ServiceUnavailable,
  reason: "Cannot read or store names and sessions at the moment: try again later",
  retry: 10_000,
};

function refusalOf({ status, reason, retry }: Denial | Unstored): Refusal {
  if (reason === NEEDS_INVITATION) {
    return { status, message: reason, headers: { "hubbub-entry": "invite" } };
  }
  return retry === undefined ? { status, message: reason } : notNow(status, reason, retry);
}
