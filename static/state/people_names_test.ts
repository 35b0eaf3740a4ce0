import { assertEquals } from "../../testing/assert.ts";
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
