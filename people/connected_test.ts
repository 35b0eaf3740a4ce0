import { Connected } from "./connected.ts";
import { assert, assertEquals } from "../testing/assert.ts";

Deno.test("Connected keeps a person until the last connection is disposed, once each", () => {
  const connected = new Connected();
  const ann = { id: "p1", name: "ann" };
  const [one, two] = [connected.add(ann), connected.add(ann)];
  one[Symbol.dispose]();
  one[Symbol.dispose]();
  assertEquals(connected.person("p1"), ann);
  two[Symbol.dispose]();
  assertEquals(connected.person("p1"), undefined);
});

Deno.test("Connected lets one person hold a name, and releases it with the last connection", () => {
  const released: [string, string][] = [];
  const connected = new Connected((key, id) => released.push([key, id]));
  const ann = { id: "p1", name: "Ann" };
  const first = connected.hold(["ann"], ann);
  const second = connected.hold(["ann"], ann);
  assert(first && second);
  assertEquals(connected.hold(["ann"], { id: "p2", name: "ANN" }), undefined);
  assert(connected.isHeld(["ann"], "p2") && !connected.isHeld(["ann"], "p1"));
  first[Symbol.dispose]();
  assertEquals(released, []);
  second[Symbol.dispose]();
  assertEquals(released, [["ann", "p1"]]);
  assert(connected.hold(["ann"], { id: "p2", name: "ANN" }));
});

Deno.test("Connected renames all connections of a person, and releases a name that was held", () => {
  const released: string[] = [];
  const connected = new Connected((key) => released.push(key));
  const connection = connected.hold(["ann"], { id: "p1", name: "ann" });
  const other = connected.add({ id: "p1", name: "ann" });
  connected.rename({ id: "p1", name: "anna" });
  assertEquals([connection?.person.name, other.person.name], ["anna", "anna"]);
  assertEquals(released, ["ann"]);
  connected.rename({ id: "p9", name: "nobody" });
  assertEquals(connected.person("p9"), undefined);
});

Deno.test("Connected lets nobody hold a name that shares a key with one that is held", () => {
  const released: string[] = [];
  const connected = new Connected((key) => released.push(key));
  const fake = connected.hold(["biii", "bill"], { id: "p1", name: "BiII" });
  assert(fake);
  assertEquals(connected.hold(["bill"], { id: "p2", name: "Bill" }), undefined);
  assert(connected.isHeld(["x", "bill"], "p2") && !connected.isHeld(["bill"], "p1"));
  fake[Symbol.dispose]();
  assertEquals(released, ["biii"]);
  const alike = [["adam", "adarn"], ["adam"]].map((keys) =>
    connected.hold(keys, { id: "p3", name: "Adarn" })
  );
  for (const place of alike) place?.[Symbol.dispose]();
  assert(!connected.isHeld(["adam", "adarn"], "p4"));
  assert(connected.hold(["bill"], { id: "p2", name: "Bill" }));
});
