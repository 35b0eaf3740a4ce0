import type { Command, NameCommand } from "../../protocol/mod.ts";
import type { NameAnswer } from "./chat_options.ts";

/** The name to take, and the secret for it: a new one, and the one it replaces. */
export type NameWish = Omit<NameCommand, "type">;

/** The request for a name that waits for its answer; there is one at a time. */
export class NameRequest {
  readonly #send: (command: Command) => boolean;
  #resolve: ((answer: NameAnswer) => void) | undefined;

  /** @param send sends a line, if there is a connection */
  constructor(send: (command: Command) => boolean) {
    this.#send = send;
  }

  /** Asks for a name, or with a secret also for that. */
  ask(wish: NameWish): Promise<NameAnswer> {
    this.answer({ ok: false, code: "offline" });
    if (!this.#send({ type: "name", ...wish })) {
      return Promise.resolve({ ok: false, code: "offline" });
    }
    return new Promise((resolve) => this.#resolve = resolve);
  }

  /** Answers the request, if there is one. */
  answer(answer: NameAnswer): void {
    this.#resolve?.(answer);
    this.#resolve = undefined;
  }
}
