/**
 * Events from the terminal. A file has one writer, the server that has it open: another program leaves an event in
 * a table, and the server appends it.
 *
 * @module
 */
import { DatabaseSync } from "node:sqlite";
import { delay } from "../lib/std.ts";
import { oneLine } from "../lib/errors.ts";
import { UserError } from "../lib/user_error.ts";
import { isFields } from "../protocol/fields.ts";
import { parseEvent } from "./events.ts";
import type { KeysRotatedEvent } from "./kinds/keys_rotated.ts";
import type { RoleEvent } from "./kinds/role.ts";
import type { EventOutcome } from "./outcome.ts";
import { integer, string } from "./rows.ts";
import type { SmallEvents } from "./small_events.ts";
import type { State } from "./state.ts";

/** An event that the terminal may append: by nobody in the chat, so that nobody's rights count. */
export type TerminalEvent = RoleEvent | KeysRotatedEvent;

/** The statements. The table is empty but for what is being answered. */
const TERMINAL_SQL = {
  next: "select n, event from request where answer is null order by n limit 1",
  answer: "update request set answer = ? where n = ?",
};

/** The time between two looks at the table, and the time that the terminal waits, in ms. */
const POLL_MS = 500;
const PATIENCE_MS = 15_000;

/** Appends the events that other programs leave in the data file. */
export class TerminalRequests implements Disposable {
  readonly #state: State;
  readonly #events: SmallEvents;
  readonly #timer: ReturnType<typeof setInterval>;
  #version: unknown;
  #busy = false;

  constructor(state: State, events: SmallEvents) {
    this.#state = state;
    this.#events = events;
    this.#timer = setInterval(() => void this.#look(), POLL_MS);
  }

  /** The version changes when another program has written; looking at it costs next to nothing. */
  async #look(): Promise<void> {
    const { db } = this.#state.database;
    if (this.#busy) return;
    this.#busy = true;
    try {
      const version = db.prepare("pragma data_version").get()?.data_version;
      if (version === this.#version) return;
      const next = db.prepare(TERMINAL_SQL.next);
      for (let row; (row = next.get()) !== undefined;) {
        const answer = await this.#answer(string(row.event));
        const n = integer(row.n);
        this.#state.database.transaction(() => db.prepare(TERMINAL_SQL.answer).run(answer, n));
      }
      this.#version = version;
    } catch {
      // A disk that fails shows elsewhere; the next look tries again.
    } finally {
      this.#busy = false;
    }
  }

  async #answer(text: string): Promise<string> {
    const fields: unknown = JSON.parse(text);
    const event = isFields(fields) ? parseEvent(fields) : undefined;
    const isAllowed = event?.type === "keys_rotated" ||
      (event?.type === "role" && event.by === undefined);
    if (!isAllowed) return "it is no event of the terminal";
    return describe(await this.#events.append(event));
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}

/** Returns the reason why an event was refused; empty if it was not. */
function describe(outcome: EventOutcome): string {
  return outcome.type === "refused" ? outcome.reason : "";
}

/**
 * Hands an event to the server that has a data file open, and waits until it is applied.
 *
 * @throws {UserError} if it is refused, or no server answers.
 */
export async function handOver(path: string, event: TerminalEvent): Promise<void> {
  using db = new DatabaseSync(path);
  db.exec("pragma busy_timeout = 5000");
  const added = db.prepare("insert into request (event) values (?)").run(JSON.stringify(event));
  const n = added.lastInsertRowid;
  const answer = db.prepare("select answer from request where n = ?");
  const end = performance.now() + PATIENCE_MS;
  try {
    while (performance.now() < end) {
      const given = answer.get(n)?.answer;
      if (given === "") return;
      if (typeof given === "string") throw new UserError(`Cannot do that: ${given}`);
      await delay(POLL_MS / 5);
    }
    throw new UserError("Cannot do that: the server that uses the file does not answer");
  } finally {
    db.prepare("delete from request where n = ?").run(n);
  }
}

/**
 * Appends an event to the file of a server that is not running.
 *
 * @throws {UserError} if it is refused.
 */
export function appendDirectly(state: State, event: TerminalEvent): void {
  const [outcome] = state.append([event], Date.now());
  const refusal = outcome === undefined ? "there is no outcome" : describe(outcome);
  if (refusal !== "") throw new UserError(`Cannot do that: ${oneLine(new Error(refusal))}`);
}
