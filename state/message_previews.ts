import type { Message } from "../protocol/mod.ts";

/** The previews of links, as those see them who commit messages. */
export interface MessagePreviews {
  /** Sees a message that was sent to this server, or edited on it, and is committed. Returns at once. */
  see(message: Message): void;
}

/** The previews of a server that makes none. */
export const NO_PREVIEWS: MessagePreviews = { see: () => {} };
