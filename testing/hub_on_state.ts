import { Hub } from "../hub.ts";
import { LocalPresence } from "../hub/local_presence.ts";
import type { Subscriber } from "../hub/room.ts";
import type { ActionCommand, ServerLine } from "../protocol/mod.ts";
import { StateActions } from "../state/actions.ts";
import type { Event } from "../state/events.ts";
import { type LocalState, openLocalState } from "../state/local.ts";
import { LocalLog } from "../state/local_log.ts";
import { assert } from "./assert.ts";
import { Recorder } from "./recorder.ts";

/** A hub on a state, with people whose clients have no socket, and a log to append events to. */
export class HubOnState implements AsyncDisposable {
  readonly hub: Hub;
  readonly store: LocalState<Subscriber>;
  readonly #run: Promise<void>;
  readonly #events: LocalLog;
  #ids = 0;

  /** @param now The time by which commands that take long are handled in parts; by default that of the process. */
  constructor(path = ":memory:", now?: () => number) {
    this.store = openLocalState<Subscriber>({ path, sync: "normal" });
    const { messages: log, memberships, permissions, state } = this.store;
    const actions = now === undefined
      ? this.store.actions
      : new StateActions({ ...this.store, db: state.database.db, messages: log, now });
    const parts = { log, actions, memberships, permissions, presence: new LocalPresence() };
    this.hub = new Hub({ store: "s1", ...parts, maxRooms: 10_000, maxRoomsPerClient: 9 });
    this.#run = this.hub.run();
    this.#events = LocalLog.open(this.store.state);
  }

  /** Appends events as one batch, as another server would. */
  append(...batch: Event[]): void {
    this.#events.append(batch, (result) => {
      assert(!(result instanceof Error));
      this.store.messages.deliver(result);
    });
  }

  /** A connected person with a name, and perhaps an admin. */
  person(name: string, role: "guest" | "member" | "admin" = "member"): Recorder {
    const client = new Recorder(name);
    const person = client.user.id;
    if (role !== "guest") this.append({ type: "name", person, name, key: name, used: 1 });
    if (role === "admin") this.append({ type: "role", person, role });
    this.hub.register(client);
    return client;
  }

  /** Joins a room, and resolves when the client has the answer. */
  async join(client: Recorder, room: string): Promise<void> {
    const joins = () => client.all("joined").filter((line) => line.room === room).length;
    const before = joins();
    this.hub.command(client, { type: "join", room });
    await client.until(() => joins() > before);
  }

  /** Gives a command, and resolves to the answer. */
  async ask(client: Recorder, command: ActionCommand): Promise<ServerLine> {
    const id = `c${this.#ids++}`;
    this.hub.command(client, { ...command, id });
    const find = () =>
      client.lines.find((line) =>
        line.type === "error" ? line.ref === id : "id" in line && line.id === id
      );
    await client.until(() => find() !== undefined);
    const answer = find();
    assert(answer !== undefined);
    return answer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.hub.close();
    await this.#run;
    this.store[Symbol.dispose]();
  }
}

/** Returns what a command is answered by: `ok`, the type of a line, or the code of an error. */
export function kindOf(line: ServerLine): string {
  return line.type === "error" ? line.code : line.type;
}
