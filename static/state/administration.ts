import { batch, signal } from "@preact/signals";
import type {
  ActionCommand,
  AuditRecord,
  Ban,
  PersonSummary,
  ServerLine,
} from "../../protocol/mod.ts";
import type { Setting } from "../../protocol/settings.ts";
import { GUEST_PREFIX } from "../../protocol/names.ts";
import { linkAddress } from "./links.ts";
import type { Requests } from "./requests.ts";

/** A command that changes something about a person. */
export type PersonCommand =
  | Exclude<
    Extract<ActionCommand, { readonly person: string }>,
    { readonly room: string } | { readonly type: "ignore" | "report" | "profile" }
  >
  | { readonly type: "picture"; readonly person: string }
  | { readonly type: "about"; readonly person: string; readonly text: "" };

/** The result of the last command about a person. */
export type PersonOutcome =
  | { readonly kind: "waiting" }
  /** `link`: the address that the command has made, and the time at which it ends, in ms since 1970. */
  | {
    readonly kind: "done";
    readonly command: PersonCommand;
    readonly link?: { readonly hash: string; readonly until: number };
    /** The messages removed so far, and whether others follow. */
    readonly removed?: { readonly count: number; readonly more: boolean };
  }
  | { readonly kind: "failed"; readonly code: string };

/** The result of the last change of a setting. */
export type SettingOutcome =
  | { readonly kind: "waiting" | "done" }
  | { readonly kind: "failed"; readonly code: string };

/** The people and the audit log, as an admin sees them, kept up to date while the connection lasts. */
export class Administration implements Disposable {
  /** Those with a name, and guests who were changed meanwhile, by id. */
  readonly people = signal<ReadonlyMap<string, PersonSummary>>(new Map());
  /** By the person's id. */
  readonly bans = signal<ReadonlyMap<string, Ban>>(new Map());
  /** The audit log, newest first, without gaps as far as it is loaded. */
  readonly records = signal<readonly AuditRecord[]>([]);
  /** Whether there are older records. */
  readonly hasOlder = signal(false);
  /** Whether the people are being loaded. */
  readonly loading = signal(false);
  /** The code of the error with which the last attempt to load something ended. */
  readonly problem = signal<string | undefined>(undefined);
  /** By the person's id. */
  readonly outcomes = signal<ReadonlyMap<string, PersonOutcome>>(new Map());
  /** By the setting. */
  readonly settingOutcomes = signal<ReadonlyMap<Setting["setting"], SettingOutcome>>(new Map());
  readonly #requests: Requests;
  readonly #take: (person: PersonSummary) => void;
  readonly #remove: (id: string) => void;
  #load = 0;
  #refreshing: Promise<void> | undefined;
  #stale = false;
  /** The people who have changed, or are gone, since the list began to be loaded: what waits to be shown of them is old. */
  readonly #changed = new Set<string>();

  constructor(requests: Requests) {
    this.#requests = requests;
    this.#take = (person) => {
      this.#add([person]);
      this.#changed.add(person.id);
      void this.#loadBans();
      void this.refresh();
    };
    this.#remove = (id) => {
      this.#changed.add(id);
      this.people.value = new Map([...this.people.peek()].filter(([other]) => other !== id));
      void this.refresh();
    };
    requests.onPerson.add(this.#take);
    requests.onDeleted.add(this.#remove);
  }

  /** Loads everything, at first and when there is a new connection. */
  async load(): Promise<void> {
    const load = ++this.#load;
    batch(() => {
      this.loading.value = true;
      this.problem.value = undefined;
    });
    await Promise.all([this.#loadPeople(load), this.#loadBans(), this.refresh()]);
    if (load === this.#load) this.loading.value = false;
  }

  /** Loads the newest records. */
  refresh(): Promise<void> {
    this.#stale = true;
    this.#refreshing ??= this.#refresh().finally(() => this.#refreshing = undefined);
    return this.#refreshing;
  }

  /** Loads more of the older records. */
  async loadOlder(): Promise<void> {
    const oldest = this.records.peek().at(-1)?.n;
    if (oldest === undefined) return;
    const answer = await this.#requests.ask({ type: "audit", before: oldest });
    if (!answer.ok) this.problem.value = answer.code;
    else if (answer.line.type === "audit" && this.records.peek().at(-1)?.n === oldest) {
      const { entries, more } = answer.line;
      batch(() => {
        this.records.value = [...this.records.peek(), ...entries];
        this.hasOlder.value = more;
      });
    }
  }

  /** Gives a command; {@linkcode outcomes} says what becomes of it. */
  async act(command: PersonCommand): Promise<PersonOutcome> {
    const { person } = command;
    this.#setOutcome(person, { kind: "waiting" });
    const answer = await this.#requests.ask(command);
    const outcome: PersonOutcome = answer.ok
      ? { kind: "done", command, ...linkOf(answer.line), ...removedBy(answer.line) }
      : { kind: "failed", code: answer.code };
    this.#setOutcome(person, outcome);
    // The end of sessions changes nothing about the person that would be sent.
    if (
      answer.ok && ["end_sessions", "reset_link", "remove_messages", "about"].includes(command.type)
    ) {
      void this.refresh();
    }
    return outcome;
  }

  /** Lets a network in again that was kept out with a person. */
  async unbanNetwork(network: string): Promise<void> {
    const answer = await this.#requests.ask({ type: "unban_network", network });
    if (!answer.ok) this.problem.value = answer.code;
    else await this.#loadBans();
  }

  /** Changes a setting; {@linkcode settingOutcomes} says what becomes of it. */
  async set(setting: Setting): Promise<boolean> {
    const set = (outcome: SettingOutcome): void => {
      this.settingOutcomes.value = new Map(this.settingOutcomes.peek())
        .set(setting.setting, outcome);
    };
    set({ kind: "waiting" });
    const answer = await this.#requests.ask({ type: "set", ...setting });
    set(answer.ok ? { kind: "done" } : { kind: "failed", code: answer.code });
    if (answer.ok) void this.refresh();
    return answer.ok;
  }

  /** Forgets what became of the commands. */
  clearOutcomes(): void {
    batch(() => {
      this.outcomes.value = new Map();
      this.settingOutcomes.value = new Map();
    });
  }

  /** The name of a person, as far as it is known. */
  nameOf(id: string): string {
    return this.people.value.get(id)?.name || this.bans.value.get(id)?.user.name ||
      GUEST_PREFIX + id.slice(0, 4);
  }

  /** Ends the updates. */
  [Symbol.dispose](): void {
    this.#load++;
    this.#requests.onPerson.delete(this.#take);
    this.#requests.onDeleted.delete(this.#remove);
  }

  #add(people: readonly PersonSummary[]): void {
    const all = new Map(this.people.peek());
    for (const person of people) all.set(person.id, person);
    this.people.value = all;
  }

  #setOutcome(person: string, outcome: PersonOutcome): void {
    this.outcomes.value = new Map(this.outcomes.peek()).set(person, outcome);
  }

  async #loadPeople(load: number): Promise<void> {
    const found = new Set<string>();
    let after: string | undefined;
    let waiting: PersonSummary[] = [];
    this.#changed.clear();
    const show = () => this.#add(waiting.filter(({ id }) => !this.#changed.has(id)));
    do {
      const answer = await this.#requests.ask({
        type: "people",
        ...(after !== undefined && { after }),
      });
      if (load !== this.#load) return;
      if (!answer.ok) {
        show();
        this.problem.value = answer.code;
        return;
      }
      if (answer.line.type !== "people") return;
      const { people, next } = answer.line;
      for (const { id } of people) found.add(id);
      waiting.push(...people);
      after = next;
      // Shown when there are twice as many: to draw and sort all again for each page would take minutes for very many.
      if (after !== undefined && waiting.length < this.people.peek().size) continue;
      show();
      waiting = [];
    } while (after !== undefined);
    const kept = [...this.people.peek()].filter(([id, { role }]) =>
      found.has(id) || role === "guest"
    );
    this.people.value = new Map(kept);
  }

  async #loadBans(): Promise<void> {
    const found = new Map<string, Ban>();
    let after: string | undefined;
    do {
      const answer = await this.#requests.ask({
        type: "bans",
        ...(after !== undefined && { after }),
      });
      if (!answer.ok || answer.line.type !== "bans") return;
      for (const ban of answer.line.bans) found.set(ban.user.id, ban);
      after = answer.line.next;
    } while (after !== undefined);
    this.bans.value = found;
  }

  async #refresh(): Promise<void> {
    while (this.#stale) {
      this.#stale = false;
      const answer = await this.#requests.ask({ type: "audit" });
      if (!answer.ok) this.problem.value = answer.code;
      else if (answer.line.type === "audit") this.#join(answer.line.entries, answer.line.more);
    }
  }

  /** Puts the newest records before those that are here, or in their place if there is a gap between. */
  #join(newest: readonly AuditRecord[], more: boolean): void {
    const here = this.records.peek();
    const top = here[0]?.n ?? 0;
    const joins = here.length > 0 && (newest[0]?.n ?? 0) >= top &&
      (newest.at(-1)?.n ?? 0) <= top + 1;
    batch(() => {
      this.records.value = joins ? [...newest.filter(({ n }) => n > top), ...here] : newest;
      if (!joins) this.hasOlder.value = more;
    });
  }
}

function removedBy(line: ServerLine): Pick<Extract<PersonOutcome, { kind: "done" }>, "removed"> {
  return line.type === "removed" ? { removed: { count: line.count, more: line.more } } : {};
}

function linkOf(line: ServerLine): Pick<Extract<PersonOutcome, { kind: "done" }>, "link"> {
  if (line.type !== "link") return {};
  return { link: { hash: linkAddress(line), until: line.until } };
}
