import { askEntry } from "./session.ts";

/** Why the server accepts no WebSocket of this page. */
export type ConnectionRefusal =
  /** It wants its password. */
  | { readonly kind: "password" }
  /** It lets newcomers in only with an invitation. */
  | { readonly kind: "invite" }
  /** The person of this browser is banned. */
  | { readonly kind: "banned" }
  /** It says why, in one line of English. */
  | { readonly kind: "told"; readonly reason: string }
  /** It would accept one, again and again: a proxy in between lets none through. */
  | { readonly kind: "dropped" };

/** The number of refusals without a reason after which a proxy is to blame, and not a network that has returned. */
const UNEXPLAINED = 3;

/** The longest reason that is shown, in characters: the server's own are shorter. */
const REASON_LENGTH = 300;

/** Asks the server why WebSockets are refused, since browsers hide the answer to an upgrade from the page. */
export class Refusals {
  readonly #base: string;
  #unexplained = 0;

  /** @param base the page's address */
  constructor(base: string) {
    this.#base = base;
  }

  /** The reason for the last refusal; `undefined` if nobody knows. To be called after each one. */
  async ask(): Promise<ConnectionRefusal | undefined> {
    const refusal = await this.#ask();
    if (refusal !== "none") {
      this.#unexplained = 0;
      return refusal;
    }
    return ++this.#unexplained < UNEXPLAINED ? undefined : { kind: "dropped" };
  }

  async #ask(): Promise<ConnectionRefusal | "none" | undefined> {
    try {
      const answer = await fetch(new URL("check", this.#base), { method: "POST" });
      const text = (await answer.text()).trim();
      if (answer.ok) {
        const kind = await askEntry(this.#base);
        return kind === undefined ? "none" : { kind };
      }
      // A proxy's own page about its errors is not meant for people.
      if (!answer.headers.get("content-type")?.startsWith("text/plain") || text === "") return;
      return { kind: "told", reason: text.slice(0, REASON_LENGTH) };
    } catch {
      return undefined;
    }
  }
}
