import { Clients } from "./clients.ts";
import { LocalPresence } from "./local_presence.ts";
import { Room } from "./room.ts";
import { assert, assertEquals } from "../testing/assert.ts";
import { Recorder } from "../testing/recorder.ts";

Deno.test("Clients counts people once, however many clients they have", () => {
  const clients = new Clients();
  const [ann, tab, bob] = [new Recorder("ann"), new Recorder("ann"), new Recorder("bob")];
  for (const client of [ann, tab, bob]) clients.add(client);
  assertEquals([clients.size, clients.people], [3, 2]);
  assertEquals([...clients.clientsOf("id-of-ann")], [ann, tab]);
  assertEquals(clients.remove(ann), new Set());
  assertEquals([clients.size, clients.people], [2, 2]);
  clients.remove(tab);
  assertEquals([clients.size, clients.people], [1, 1]);
  assertEquals([...clients.clientsOf("id-of-ann")], []);
});

Deno.test("Clients knows the rooms of a client until it is removed", async () => {
  await using presence = new LocalPresence();
  const clients = new Clients();
  const ann = new Recorder("ann");
  assertEquals(clients.rooms(ann), undefined);
  clients.add(ann);
  const room = new Room("lobby", presence, () => {});
  clients.rooms(ann)?.add(room);
  assert(clients.has(ann));
  assertEquals(clients.remove(ann), new Set([room]));
  assertEquals([clients.has(ann), clients.rooms(ann), clients.remove(ann)], [
    false,
    undefined,
    undefined,
  ]);
});

Deno.test("Clients removes a client whose person was renamed meanwhile", () => {
  const clients = new Clients();
  const ann = new Recorder("ann");
  clients.add(ann);
  ann.user = { id: ann.user.id, name: "Anna" };
  clients.remove(ann);
  assertEquals([clients.size, clients.people], [0, 0]);
});

Deno.test("Clients returns all clients when cleared", () => {
  const clients = new Clients();
  const all = ["ann", "bob", "ann"].map((name) => new Recorder(name));
  for (const client of all) clients.add(client);
  assertEquals(clients.clear(), all);
  assertEquals([clients.size, clients.people, clients.clear()], [0, 0, []]);
});
