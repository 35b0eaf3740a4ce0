import { batch, signal } from "@preact/signals";
import type { OwnSession } from "../../protocol/sessions.ts";
import type { Requests } from "./requests.ts";

/** The places where this person is logged in. */
export class OwnSessions {
  /** The one of this browser first; empty until they are loaded. */
  readonly list = signal<readonly OwnSession[]>([]);
  /** The code of the error with which the last command ended. */
  readonly problem = signal<string | undefined>(undefined);
  readonly #requests: Requests;

  constructor(requests: Requests) {
    this.#requests = requests;
  }

  /** Loads the list. */
  async load(): Promise<void> {
    const answer = await this.#requests.ask({ type: "sessions" });
    if (!answer.ok) this.problem.value = answer.code;
    else if (answer.line.type === "sessions") {
      const { sessions } = answer.line;
      batch(() => {
        this.list.value = sessions;
        this.problem.value = undefined;
      });
    }
  }

  /** Ends a session. Returns whether it has ended. */
  async end(session: string): Promise<boolean> {
    const answer = await this.#requests.ask({ type: "end_session", session });
    this.problem.value = answer.ok ? undefined : answer.code;
    if (answer.ok) await this.load();
    return answer.ok;
  }

  /** Ends all sessions but that of this browser. Returns the code of an error. */
  async endOthers(): Promise<string | undefined> {
    const answer = await this.#requests.ask({ type: "end_other_sessions" });
    if (!answer.ok) return answer.code;
    await this.load();
  }
}
