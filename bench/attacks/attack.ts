/**
 * The shape of an attack, and the helpers that several share.
 *
 * @module
 */

/** The result of an attack: the number of times that each thing happened. */
export type Outcome = Record<string, number>;

/** Clients that misbehave in one way. */
export interface Attack {
  /** The number of clients, frames or requests in the bench. */
  readonly size: number;
  /** The time in seconds for which it continues in the bench; absent if its size decides that. */
  readonly seconds?: number;
  /**
   * Flags of the server that make it the attack that is meant. The quiet pair sends 50 messages a second, so a
   * `--rate` is at least 60, three times the default.
   */
  readonly flags: readonly string[];
  /** Whether the server keeps its data on a disk, which the attack and the pair then share. */
  readonly onDisk?: true;
  /** The room that the quiet pair chats in; by default one of its own. */
  readonly room?: string;
  /** Whether the pair also gives commands, one after another: what is measured is the time until their answers. */
  readonly commands?: true;
  /**
   * Attacks the server at a port of the loopback address, for so many seconds if it has any. The sockets may stay
   * open at the end.
   */
  run(port: number, size: number, seconds: number): Promise<Outcome>;
}

/** The number of requests under way at once. */
const PARALLEL = 20;

/** Runs something `size` times, some at a time, and counts the results; an error counts as `failed`. */
export async function repeat(size: number, run: () => Promise<string>): Promise<Outcome> {
  const results: string[] = [];
  let left = size;
  await Promise.all(Array.from({ length: PARALLEL }, async () => {
    while (left-- > 0) results.push(await run().catch(() => "failed"));
  }));
  return count(results);
}

/** Counts equal results. */
export function count(results: readonly string[]): Outcome {
  const outcome: Outcome = {};
  for (const result of results) outcome[result] = (outcome[result] ?? 0) + 1;
  return outcome;
}

/** Reads the code of the close frame at the end of what a server sent; `cut` if there is none. */
export function closeCode(received: Uint8Array): string {
  const at = received.lastIndexOf(0x88);
  return at < 0 ? "cut" : String((received[at + 2] ?? 0) * 256 + (received[at + 3] ?? 0));
}

/** Waits so many ms. */
export function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
