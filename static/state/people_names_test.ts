import { effect } from "@preact/signals";
import { assert, assertEquals } from "../../testing/assert.ts";
import { cpuTime } from "../../testing/cpu_time.ts";
import { PeopleNames } from "./people_names.ts";

Deno.test("PeopleNames gives the present name of a person, and knows deleted people", () => {
  const names = new PeopleNames();
  const ann = { id: "a", name: "Ann" };
  const seen = () => [names.nameOf(ann), names.isDeleted(ann)];
  assertEquals(seen(), ["Ann", false]);
  names.rename({ id: "a", name: "Anna" });
  assertEquals(seen(), ["Anna", false]);
  names.delete("a");
  assertEquals(seen(), ["", true]);
  // A plain client without a name has no account that was deleted.
  assertEquals(names.isDeleted({ id: "b", name: "" }), false);
  assertEquals(names.isDeleted({ id: "c", name: "", deleted: true }), true);
});

Deno.test("Taking a new name costs the same however many people have one", () => {
  function time(people: number): number {
    const names = new PeopleNames();
    const start = cpuTime();
    for (let i = 0; i < people; i++) names.rename({ id: `${i}`, name: "Ann" });
    return cpuTime() - start;
  }
  time(500);
  const [few, many] = [time(500), time(4_000)];
  assert(many < 24 * few + 50, `${few} ms for 500, ${many} ms for 4,000`);
});

Deno.test("PeopleNames lets what was drawn with a name follow it", () => {
  const names = new PeopleNames();
  const ann = { id: "a", name: "Ann" };
  const seen: string[] = [];
  const stop = effect(() => {
    seen.push(names.isDeleted(ann) ? "–" : names.nameOf(ann));
  });
  names.rename({ id: "a", name: "Anna" });
  names.delete("a");
  stop();
  assertEquals([seen[0], seen[1], seen.at(-1)], ["Ann", "Anna", "–"]);
});
