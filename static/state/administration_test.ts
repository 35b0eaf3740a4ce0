import type { ActionCommand, AuditRecord, PersonSummary, ServerLine } from "../../protocol/mod.ts";
import { assert, assertEquals } from "../../testing/assert.ts";
import { Administration } from "./administration.ts";
import { until } from "./chat_fixture.ts";
import { Requests } from "./requests.ts";

function person(id: string, options: Partial<PersonSummary> = {}): PersonSummary {
  return { id, name: `name of ${id}`, role: "member", secret: true, ...options };
}

function records(from: number, to: number): AuditRecord[] {
  return Array.from({ length: from - to + 1 }, (_, i) => ({ n: from - i, at: 1, action: "unban" }));
}

/** A server that answers at once as the functions say. */
class Server {
  people: PersonSummary[] = [person("a"), person("b"), person("c")];
  /** The highest number in its audit log. */
  top = 5;
  refusal: "last_admin" | "forbidden" | undefined;
  readonly commands: ActionCommand[] = [];
  readonly requests = new Requests((command) => {
    this.commands.push(command);
    queueMicrotask(() => this.requests.take(this.#answer(command)));
    return true;
  });

  #answer(command: ActionCommand): ServerLine {
    const { id = "" } = command;
    if (this.refusal) return { type: "error", code: this.refusal, message: "Cannot", ref: id };
    switch (command.type) {
      case "people": {
        // Two at a time.
        const from = command.after === undefined ? 0 : Number(command.after);
        const people = this.people.slice(from, from + 2);
        const next = from + 2 < this.people.length ? { next: String(from + 2) } : {};
        return { type: "people", id, people, ...next };
      }
      case "bans":
        return {
          type: "bans",
          id,
          bans: this.people.filter(({ banned }) => banned)
            .map(({ id, name }) => ({ user: { id, name }, at: 1, by: "a", reason: "spam" })),
        };
      case "audit": {
        // Three at a time.
        const before = command.before ?? this.top + 1;
        const entries = records(before - 1, Math.max(1, before - 3));
        return { type: "audit", id, entries, more: before > 4 };
      }
      default:
        return { type: "ok", id };
    }
  }
}

const numbers = ({ records }: Administration) => records.value.map(({ n }) => n);

Deno.test("Administration loads all people page by page, and reloading forgets those who are gone", async () => {
  const server = new Server();
  using state = new Administration(server.requests);
  await state.load();
  assertEquals([...state.people.value.keys()], ["a", "b", "c"]);
  assertEquals(state.nameOf("b"), "name of b");
  assertEquals(state.nameOf("0123456789"), "guest-0123");
  server.people = [person("c", { role: "admin" })];
  await state.load();
  assertEquals([...state.people.value.values()], server.people);
  assertEquals([state.loading.value, state.problem.value], [false, undefined]);
});

Deno.test("Administration follows the actions of every admin: people, bans, and the audit log", async () => {
  const server = new Server();
  using state = new Administration(server.requests);
  await state.load();
  assertEquals(numbers(state), [5, 4, 3]);
  const banned = person("b", { banned: true });
  server.people = [person("a"), banned, person("c")];
  server.top = 6;
  server.requests.take({ type: "person", person: banned });
  await until(() => state.bans.value.size === 1 && state.records.value[0]?.n === 6);
  assertEquals(state.people.value.get("b")?.banned, true);
  assertEquals(state.bans.value.get("b")?.reason, "spam");
  assertEquals(numbers(state), [6, 5, 4, 3]);
});

Deno.test("Administration keeps the audit log without gaps, whatever it missed", async () => {
  const server = new Server();
  using state = new Administration(server.requests);
  await state.load();
  await state.loadOlder();
  assertEquals([numbers(state), state.hasOlder.value], [[5, 4, 3, 2, 1], false]);
  server.top = 8;
  await state.refresh();
  assertEquals([numbers(state), state.hasOlder.value], [[8, 7, 6, 5, 4, 3, 2, 1], false]);
  server.top = 12;
  await state.refresh();
  assertEquals([numbers(state), state.hasOlder.value], [[12, 11, 10], true]);
  // A restored server has fewer.
  server.top = 2;
  await state.refresh();
  assertEquals([numbers(state), state.hasOlder.value], [[2, 1], false]);
});

Deno.test("Administration reports the result of a command about a person", async () => {
  const server = new Server();
  using state = new Administration(server.requests);
  const command = { type: "role", person: "a", role: "member" } as const;
  const done = state.act(command);
  assertEquals(state.outcomes.value.get("a"), { kind: "waiting" });
  assertEquals(await done, { kind: "done", command });
  server.refusal = "last_admin";
  await state.act(command);
  assertEquals(state.outcomes.value.get("a"), { kind: "failed", code: "last_admin" });
  state.clearOutcomes();
  assertEquals(state.outcomes.value.size, 0);
});

Deno.test("Administration says why nothing can be loaded, and listens no more when disposed of", async () => {
  const server = new Server();
  server.refusal = "forbidden";
  const state = new Administration(server.requests);
  await state.load();
  assertEquals([state.problem.value, state.loading.value], ["forbidden", false]);
  state[Symbol.dispose]();
  server.requests.take({ type: "person", person: person("a") });
  assertEquals(state.people.value.size, 0);
});

Deno.test("Administration shows people a few times while very many of them are loaded", async () => {
  const server = new Server();
  server.people = Array.from({ length: 2000 }, (_, i) => person(`${i}`));
  using administration = new Administration(server.requests);
  let shown = 0;
  administration.people.subscribe(() => void shown++);
  await administration.load();
  assertEquals(administration.people.value.size, 2000);
  assert(shown < 20, `${shown} times`);
});

Deno.test("Administration shows nothing old of people who change while they are loaded", async () => {
  const server = new Server();
  server.people = Array.from({ length: 40 }, (_, i) => person(`${i}`));
  using administration = new Administration(server.requests);
  const loading = administration.load();
  const pages = () => server.commands.filter(({ type }) => type === "people").length;
  while (pages() < 14) await Promise.resolve();
  server.requests.take({ type: "person", person: person("20", { banned: true }) });
  server.requests.take({ type: "account_deleted", person: "21" });
  await loading;
  const { people } = administration;
  assertEquals([people.value.size, people.value.get("20")?.banned], [39, true]);
  assertEquals(people.value.has("21"), false);
});
