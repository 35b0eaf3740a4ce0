import { copyOf } from "../lib/memory.ts";
import type { SendCommand, TypingCommand } from "../protocol/mod.ts";

/**
 * The memory of the commands that wait in the hub beyond which a client is not read, in bytes: a client may send some 200
 * short messages at once, or 60 of 800 characters, and close, and all are stored.
 */
const CAPACITY_BYTES = 64 * 1024;

/** The memory of a command on top of its text, in bytes. */
const COMMAND_BYTES = 256;

/** What a text that waits may keep besides itself, in characters. */
const SLACK_CHARACTERS = 512;

/** Returns a message whose text does not keep the frame that it came in, if that is much larger: nobody counts it. */
export function withoutFrame(command: SendCommand, frameLength: number): SendCommand {
  const { text } = command;
  return frameLength > text.length + SLACK_CHARACTERS
    ? { ...command, text: copyOf(text) }
    : command;
}

/**
 * The commands of a client without a reply that the hub has not taken yet. Most are taken at once, however many there are.
 * Those with work may be deferred, and with them all that follow: then the client waits until they are taken, so that what
 * it sends meanwhile counts as unread.
 */
export class UntakenCommands {
  readonly #workOf: (command: SendCommand) => number;
  #count = 0;
  #bytes = 0;
  #mayWait = false;
  #resolve: (() => void) | undefined;

  /** @param workOf Returns the work of a message, 0 if the hub defers it only behind others of the client. */
  constructor(workOf: (command: SendCommand) => number) {
    this.#workOf = workOf;
  }

  /** Adds a command. Returns a promise if the client has to wait until all are taken. */
  add(command: SendCommand | TypingCommand): Promise<void> | undefined {
    this.#count++;
    this.#bytes += COMMAND_BYTES;
    if (command.type === "send") {
      this.#bytes += command.text.length;
      if (this.#workOf(command) > 0) this.#mayWait = true;
    }
    if (!this.#mayWait || this.#bytes <= CAPACITY_BYTES) return undefined;
    return new Promise((resolve) => this.#resolve = resolve);
  }

  /** Called when the hub takes one, in the order in which they were added. */
  take(): void {
    if (--this.#count <= 0) this.end();
  }

  /** Called when the hub has taken all, or will take none any more. */
  end(): void {
    this.#count = this.#bytes = 0;
    this.#mayWait = false;
    this.#resolve?.();
    this.#resolve = undefined;
  }
}
