import type { ServerLine } from "../protocol/mod.ts";
import { isReplyTo, type Request } from "./requests.ts";

/** The reply that the read pump of a client waits for; there is one at a time. */
export class PendingReply {
  #request: Request | undefined;
  #resolve: (() => void) | undefined;

  /** Returns a promise that resolves with the reply to a request, or with the end of the client. */
  to(request: Request): Promise<void> {
    this.#request = request;
    return new Promise((resolve) => this.#resolve = resolve);
  }

  /** Returns true if a line is the reply. */
  is(line: ServerLine): boolean {
    return this.#request !== undefined && isReplyTo(this.#request, line);
  }

  /** Called when the reply has been offered to the outbox, or when none will come. */
  end(): void {
    this.#request = undefined;
    this.#resolve?.();
    this.#resolve = undefined;
  }
}
