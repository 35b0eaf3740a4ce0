import type { ActionCommand, ServerLine } from "../../protocol/mod.ts";
import type { OwnSession } from "../../protocol/sessions.ts";
import { assertEquals } from "../../testing/assert.ts";
import { OwnSessions } from "./own_sessions.ts";
import { Requests } from "./requests.ts";

/** A server with three sessions of a person, which answers at once. */
class Server {
  sessions: OwnSession[] = [
    { id: "a", since: 1, used: 2, current: true },
    { id: "b", since: 3, used: 4 },
    { id: "c", since: 5, used: 6 },
  ];
  isFull = false;
  readonly requests = new Requests((command) => {
    queueMicrotask(() => this.requests.take(this.#answer(command)));
    return true;
  });

  #answer(command: ActionCommand): ServerLine {
    const { id = "" } = command;
    if (this.isFull) return { type: "error", code: "storage", message: "Full", ref: id };
    if (command.type === "sessions") return { type: "sessions", id, sessions: this.sessions };
    this.sessions = this.sessions.filter((session) =>
      command.type === "end_session" ? session.id !== command.session : session.current
    );
    return { type: "ok", id };
  }
}

Deno.test("OwnSessions loads the list, and again after each end", async () => {
  const server = new Server();
  const own = new OwnSessions(server.requests);
  const ids = () => own.list.value.map(({ id }) => id).join(" ");
  await own.load();
  assertEquals(ids(), "a b c");
  assertEquals([await own.end("b"), ids()], [true, "a c"]);
  server.isFull = true;
  assertEquals([await own.end("c"), own.problem.value, ids()], [false, "storage", "a c"]);
  assertEquals(await own.endOthers(), "storage");
  server.isFull = false;
  assertEquals([await own.endOthers(), own.problem.value, ids()], [undefined, undefined, "a"]);
});

Deno.test("OwnSessions says why there is no list", async () => {
  const own = new OwnSessions(new Requests(() => false));
  await own.load();
  assertEquals([own.problem.value, own.list.value.length], ["offline", 0]);
});
