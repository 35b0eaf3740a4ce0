import type { ActionCommand, PersonSummary, ServerLine } from "../../protocol/mod.ts";
import { randomId } from "./random_id.ts";

/** The answer to a command: a line, or the code of an error. */
export type Answer =
  | { readonly ok: true; readonly line: ServerLine }
  | { readonly ok: false; readonly code: string };

/** The commands that the server answers one by one, and the changes of people that it reports to admins. */
export class Requests {
  /** Called for a person whom an admin has changed. */
  readonly onPerson = new Set<(person: PersonSummary) => void>();
  /** Called when the open reports that this person may see have changed. */
  readonly onReported = new Set<() => void>();
  /** Called with the id of a person whose account was deleted. */
  readonly onDeleted = new Set<(person: string) => void>();
  readonly #send: (command: ActionCommand) => boolean;
  readonly #waiting = new Map<string, (answer: Answer) => void>();

  /** @param send sends a line, if there is a connection */
  constructor(send: (command: ActionCommand) => boolean) {
    this.#send = send;
  }

  /** Gives a command. Without a connection, and if that ends before the answer, the code is `offline`. */
  ask(command: ActionCommand): Promise<Answer> {
    const id = randomId();
    if (!this.#send({ ...command, id })) return Promise.resolve({ ok: false, code: "offline" });
    return new Promise((resolve) => this.#waiting.set(id, resolve));
  }

  /** Takes a line that may be an answer. */
  take(line: ServerLine): void {
    if (line.type === "person") { for (const call of this.onPerson) call(line.person); }
    else if (line.type === "reported") { for (const call of this.onReported) call(); }
    else if (line.type === "account_deleted") {
      for (const call of this.onDeleted) call(line.person);
    } else if (line.type === "error") this.#answer(line.ref, { ok: false, code: line.code });
    else if ("id" in line) this.#answer(line.id, { ok: true, line });
  }

  /** Whether a command with this id waits for its answer. */
  has(id: string | undefined): boolean {
    return id !== undefined && this.#waiting.has(id);
  }

  /** The connection has ended: no answer comes any more. */
  end(): void {
    for (const id of [...this.#waiting.keys()]) this.#answer(id, { ok: false, code: "offline" });
  }

  #answer(id: string | undefined, answer: Answer): void {
    if (id === undefined) return;
    const resolve = this.#waiting.get(id);
    this.#waiting.delete(id);
    resolve?.(answer);
  }
}
