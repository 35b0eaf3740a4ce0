import { batch, signal } from "@preact/signals";
import type { Invitation, LinkLine } from "../../protocol/mod.ts";
import type { InviteCommand } from "../../protocol/links.ts";
import type { Requests } from "./requests.ts";

/** The invitations, as an admin sees them. */
export class Invitations {
  /** Newest first; undefined until they are loaded. */
  readonly list = signal<readonly Invitation[] | undefined>(undefined);
  /** The link that was made last. */
  readonly made = signal<LinkLine | undefined>(undefined);
  /** The code of the error with which the last command ended. */
  readonly problem = signal<string | undefined>(undefined);
  /** Whether a command is under way. */
  readonly busy = signal(false);
  readonly #requests: Requests;

  constructor(requests: Requests) {
    this.#requests = requests;
  }

  /** Loads the invitations. */
  async load(): Promise<void> {
    const answer = await this.#requests.ask({ type: "invites" });
    if (!answer.ok) this.problem.value = answer.code;
    else if (answer.line.type === "invites") this.list.value = answer.line.invites;
  }

  /** Makes an invitation. */
  async make(options: Pick<InviteCommand, "days" | "uses" | "room">): Promise<void> {
    const line = await this.#give({ type: "invite", ...options });
    if (line?.type === "link") this.made.value = line;
  }

  /** Ends an invitation. */
  async revoke(link: string): Promise<void> {
    await this.#give({ type: "revoke", link });
  }

  async #give(command: Parameters<Requests["ask"]>[0]) {
    if (this.busy.peek()) return undefined;
    batch(() => {
      this.busy.value = true;
      this.problem.value = undefined;
      this.made.value = undefined;
    });
    const answer = await this.#requests.ask(command);
    this.busy.value = false;
    if (!answer.ok) this.problem.value = answer.code;
    await this.load();
    return answer.ok ? answer.line : undefined;
  }
}
