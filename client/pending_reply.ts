import type { Command, ServerLine } from "../protocol/mod.ts";

/** The reply that the read pump of a client waits for; there is one at a time. */
export class PendingReply {
  #request: Command | undefined;
  #resolve: (() => void) | undefined;

  /** Returns a promise that resolves with the reply to a request, or with the end of the client. */
  to(request: Command): Promise<void> {
    this.#request = request;
    return new Promise((resolve) => this.#resolve = resolve);
  }

  /**
   * Returns true if a line is the reply. A line does not tell by itself: others have the same type, room and id.
   *
   * @param command The command that the line answers, if it answers one.
   */
  is(line: ServerLine, command: Command | undefined): boolean {
    const request = this.#request;
    if (request === undefined) return false;
    return command === request || (request.type === "leave" && isLeft(line, request.room));
  }

  /** Called when the reply has been offered to the outbox, or when none will come. */
  end(): void {
    this.#request = undefined;
    this.#resolve?.();
    this.#resolve = undefined;
  }
}

/**
 * Returns true for the `left` of a membership that its person has ended, which is the effect of an event: it reaches all
 * clients of the person, and answers the `leave` of each. Whoever is put out is told why.
 */
function isLeft(line: ServerLine, room: string): boolean {
  return line.type === "left" && line.room === room && line.why === undefined;
}
