import type { PersonSummary } from "../../protocol/mod.ts";
import { assertEquals } from "../../testing/assert.ts";
import { listGuests, listNamed, type PeopleListOptions } from "./people_list.ts";

const NOW = 1_000;
const PEOPLE: readonly PersonSummary[] = [
  { id: "1", name: "Zoé", role: "admin", secret: true },
  { id: "2", name: "bob", role: "member", secret: false, muted: NOW + 1 },
  { id: "3", name: "Ann", role: "member", secret: true, muted: NOW },
  { id: "4", name: "Eve", role: "member", secret: true, banned: true },
  { id: "abcdef", name: "", role: "guest", secret: false, muted: NOW + 1 },
];
const BANS = [
  { user: { id: "4", name: "Eve" }, at: 1, by: "1", reason: "spam" },
  { user: { id: "99", name: "guest-99" }, at: 1, by: "1", reason: "" },
];

const OPTIONS: PeopleListOptions = {
  people: new Map(PEOPLE.map((person) => [person.id, person])),
  bans: new Map(BANS.map((ban) => [ban.user.id, ban])),
  filter: "all",
  search: "",
  now: NOW,
  locale: "en",
};
const PRESENT = [
  { id: "1", name: "Zoé" },
  { id: "abcdef", name: "guest-abcd" },
  { id: "77", name: "guest-77" },
];

function names(options: Partial<PeopleListOptions> = {}): string[] {
  const all = { ...OPTIONS, ...options };
  return [...listNamed(all), ...listGuests(all, PRESENT)].map(({ name }) => name);
}

Deno.test("listNamed and listGuests have everybody once by name, guests who are here or banned", () => {
  assertEquals(names(), ["Ann", "bob", "Eve", "Zoé", "guest-77", "guest-99", "guest-abcd"]);
});

Deno.test("they find parts of names in any case, and admins or the restricted alone", () => {
  assertEquals(names({ search: " B" }), ["bob", "guest-abcd"]);
  assertEquals(names({ filter: "admins" }), ["Zoé"]);
  assertEquals(names({ filter: "restricted" }), ["bob", "Eve", "guest-99", "guest-abcd"]);
  assertEquals(names({ filter: "restricted", search: "e" }), ["Eve", "guest-99", "guest-abcd"]);
});

Deno.test("they leave out a mute that has run out, and say why somebody is banned", () => {
  const all = [...listNamed(OPTIONS), ...listGuests(OPTIONS, [])];
  const byName = new Map(all.map((person) => [person.name, person]));
  assertEquals(byName.get("Ann")?.muted, undefined);
  assertEquals(byName.get("bob")?.muted, NOW + 1);
  assertEquals(byName.get("Eve")?.ban?.reason, "spam");
});
