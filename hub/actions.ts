/**
 * The commands that the state answers.
 *
 * @module
 */
import type { ActionCommand } from "../protocol/mod.ts";

/** The client that gives a command. */
export interface Asker<Origin> {
  /** The id of its person. */
  readonly person: string;
  /** The id of the person's session that the client belongs to; absent for one without, or of another person. */
  readonly session?: string;
  /** A value that returns with the answer. */
  readonly origin: Origin;
  /** The network of the client; see `Subscriber`. */
  readonly network: string;
}

/** Networks from which a person was connected who is banned with them. */
export interface FoundNetworks {
  readonly person: string;
  readonly networks: readonly string[];
  /** The id of the admin who wants it. */
  readonly by: string;
}

/** Goes on with a command that takes long. Returns the rest, for a later turn of the client, if there is one. Never throws. */
export type Rest = () => Rest | undefined;

/** Performs commands. */
export interface Actions<Origin = unknown> {
  /** Resolves when it is the turn of a person's command; undefined if that is now. Rejects if too many wait. */
  turn(command: ActionCommand, person: string): Promise<void> | undefined;
  /**
   * Performs a command. Never throws. Its one answer comes through the entries of the message log: after the
   * effects of the command, and in order with the messages around it.
   *
   * @returns The rest of a command that takes long.
   */
  handle(command: ActionCommand, asker: Asker<Origin>): Rest | undefined;
  /** Keeps out networks that were found when a person was banned. Never throws. */
  banNetworks(found: FoundNetworks): void;
}
