import type { Command, ServerLine } from "../protocol/mod.ts";
import { mayBeLarge, REPLIES } from "./reply_memory.ts";

/** The longest reply that takes no memory of the network, in bytes. */
const SMALL_BYTES = 64 * 1024;

/** The reply that the read pump of a client waits for; there is one at a time. */
export class PendingReply {
  readonly #network: string;
  readonly #memory: typeof REPLIES;
  #request: Command | undefined;
  #resolve: (() => void) | undefined;
  /** True while it has the memory of a large reply. */
  #hasMemory = false;
  /** Ends the waiting for that memory. */
  #start: (() => void) | undefined;

  constructor(network: string, memory = REPLIES) {
    this.#network = network;
    this.#memory = memory;
  }

  /** Takes the memory that the reply may need; what is returned resolves when there is some, or with the end of the client. */
  ready(request: Command): Promise<void> | undefined {
    if (!mayBeLarge(request) || this.#hasMemory) return;
    this.#hasMemory = this.#memory.take(this.#network);
    if (this.#hasMemory) return;
    return new Promise((resolve) => {
      this.#resolve = resolve;
      this.#start = () => {
        this.#hasMemory = true;
        this.#start = undefined;
        resolve();
      };
      this.#memory.wait(this.#network, this.#start);
    });
  }

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

  /** Called when the reply of so many bytes has been offered to the outbox, or when none will come. */
  end(bytes = 0): void {
    if (this.#request !== undefined && bytes <= SMALL_BYTES) this.free();
    if (this.#start !== undefined) this.#memory.cancel(this.#network, this.#start);
    this.#start = undefined;
    this.#request = undefined;
    this.#resolve?.();
    this.#resolve = undefined;
  }

  /** Gives the memory back, once most of the reply is written, or the socket is closed. */
  free(): void {
    if (!this.#hasMemory) return;
    this.#hasMemory = false;
    this.#memory.give(this.#network);
  }
}

/**
 * Returns true for the `left` of a membership that its person has ended, which is the effect of an event: it reaches all
 * clients of the person, and answers the `leave` of each. Whoever is put out is told why.
 */
function isLeft(line: ServerLine, room: string): boolean {
  return line.type === "left" && line.room === room && line.why === undefined;
}
