import type { ActionCommand } from "../../protocol/mod.ts";
import { assertEquals } from "../../testing/assert.ts";
import { FakeTimers } from "../../testing/fake_timers.ts";
import { Pictures } from "./pictures.ts";
import type { Answer } from "./requests.ts";

/** A server with pictures, and what it was asked. */
class Server {
  readonly asked: (readonly string[])[] = [];
  pictures: Record<string, string> = {};
  code: string | undefined;

  readonly ask = (command: ActionCommand): Promise<Answer> => {
    if (command.type !== "pictures") throw new Error(command.type);
    const { people } = command;
    this.asked.push(people);
    if (this.code !== undefined) return Promise.resolve({ ok: false, code: this.code });
    const pictures = Object.entries(this.pictures)
      .filter(([person]) => people.includes(person))
      .map(([person, picture]) => ({ person, picture }));
    return Promise.resolve({ ok: true, line: { type: "pictures", pictures } });
  };
}

/** Lets what is under way happen. */
async function settle(timers: FakeTimers): Promise<void> {
  timers.pass(5000);
  for (let i = 0; i < 10; i++) await Promise.resolve();
}

Deno.test("Pictures asks once about many people, and follows changes", async () => {
  using timers = new FakeTimers();
  const server = new Server();
  server.pictures = { p1: "x1", p120: "x2" };
  const pictures = new Pictures(server.ask);
  const people = Array.from({ length: 150 }, (_, i) => `p${i}`);
  for (const person of [...people, ...people]) assertEquals(pictures.of(person), undefined);
  for (let i = 0; i < 3; i++) await settle(timers);
  assertEquals(server.asked.map(({ length }) => length), [100, 50]);
  assertEquals([pictures.of("p1"), pictures.of("p2"), pictures.of("p120")], [
    ...["x1", undefined, "x2"],
  ]);
  pictures.take({ type: "picture", person: "p2", picture: "x3" });
  pictures.take({ type: "picture", person: "p1" });
  assertEquals([pictures.of("p1"), pictures.of("p2")], [undefined, "x3"]);
  for (let i = 0; i < 3; i++) await settle(timers);
  assertEquals(server.asked.length, 2);
});

Deno.test("Pictures asks again after a lost connection, and when the server could not answer", async () => {
  using timers = new FakeTimers();
  const server = new Server();
  const pictures = new Pictures(server.ask);
  server.code = "offline";
  pictures.of("p1");
  await settle(timers);
  await settle(timers);
  assertEquals(server.asked, [["p1"]]);
  server.code = "rate_limited";
  pictures.refresh();
  await settle(timers);
  server.code = undefined;
  server.pictures = { p1: "x1" };
  await settle(timers);
  assertEquals([server.asked.length, pictures.of("p1")], [3, "x1"]);
  // It was changed while there was no connection.
  server.pictures = {};
  pictures.refresh();
  assertEquals(pictures.of("p1"), "x1");
  await settle(timers);
  assertEquals(pictures.of("p1"), undefined);
});
