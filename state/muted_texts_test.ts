/** Texts that muted people can't show to others, decided at the place of the event in the log. */
import { assert, assertEquals } from "../testing/assert.ts";
import { HubOnState } from "../testing/hub_on_state.ts";
import type { Event } from "./events.ts";
import type { EventOutcome } from "./outcome.ts";

function codeOf(outcome: EventOutcome | undefined): string | undefined {
  return outcome?.type === "refused" ? outcome.code : outcome?.type;
}

Deno.test("whoever is muted names no room and no chat, and gives no reasons, also when the mute came between", async () => {
  await using the = new HubOnState();
  const [root, ann, bob] = [the.person("root", "admin"), the.person("ann"), the.person("bob")];
  const [by, room, person] = [ann.user.id, "~" + "a".repeat(20), bob.user.id];
  const make = { type: "room_made", title: "", topic: "", history: "all", by } as const;
  the.append(
    { type: "role", person: by, role: "admin", by: root.user.id },
    { ...make, room, kind: "private", people: [] },
    { type: "room_member", room, person, by },
  );
  const set = { type: "room_setting", room, by } as const;
  const removal = { type: "room_removal", room, person, by } as const;
  const refused: Event[] = [
    { ...set, setting: "title", value: "You fools" },
    { ...set, setting: "topic", value: "You fools" },
    { type: "setting", setting: "name", value: "You fools", by },
    { type: "setting", setting: "welcome", value: "You fools", by },
    { ...make, room: "fools", kind: "public", people: [] },
    { ...removal, reason: "You fool" },
  ];
  const allowed: Event[] = [
    { ...set, setting: "slow", value: 5 },
    { type: "setting", setting: "guests", value: false, by },
    { ...removal, reason: "" },
    { ...make, room: "~" + "b".repeat(20), kind: "direct", people: [by, person] },
  ];
  const mute: Event = { type: "mute", person: by, seconds: 60, by: root.user.id };
  const [muted, ...outcomes] = the.store.state.append([mute, ...refused, ...allowed], Date.now());
  assertEquals(muted?.type, "changed");
  assertEquals(outcomes.map(codeOf), [
    ...refused.map(() => "muted"),
    ...allowed.map(() => "changed"),
  ]);
  const [first] = outcomes;
  assert(first?.type === "refused" && first.retry === 60_000);
});
