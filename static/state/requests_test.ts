import type { ActionCommand } from "../../protocol/mod.ts";
import { assertEquals } from "../../testing/assert.ts";
import { Requests } from "./requests.ts";

Deno.test("Requests gives each command the answer with its id, in whatever order they come", async () => {
  const sent: ActionCommand[] = [];
  const requests = new Requests((command) => sent.push(command) > 0);
  const mute = requests.ask({ type: "mute", person: "bob", seconds: 60 });
  const people = requests.ask({ type: "people" });
  const role = requests.ask({ type: "role", person: "ann", role: "member" });
  const [first, second, third] = sent.map(({ id }) => id ?? "");
  assertEquals(new Set([first, second, third]).size, 3);
  requests.take({ type: "people", id: second, people: [] });
  requests.take({ type: "ok", id: "somebody-elses" });
  requests.take({ type: "error", code: "last_admin", message: "Cannot", ref: third });
  requests.take({ type: "ok", id: first });
  assertEquals(await people, { ok: true, line: { type: "people", id: second, people: [] } });
  assertEquals(await role, { ok: false, code: "last_admin" });
  assertEquals(await mute, { ok: true, line: { type: "ok", id: first } });
});

Deno.test("Requests answers with offline without a connection, and when it ends", async () => {
  let isOpen = false;
  const requests = new Requests(() => isOpen);
  assertEquals(await requests.ask({ type: "bans" }), { ok: false, code: "offline" });
  isOpen = true;
  const lost = requests.ask({ type: "bans" });
  requests.end();
  assertEquals(await lost, { ok: false, code: "offline" });
});
