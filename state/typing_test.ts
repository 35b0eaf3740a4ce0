import { assertEquals } from "../testing/assert.ts";
import { HubOnState, kindOf } from "../testing/hub_on_state.ts";
import type { Recorder } from "../testing/recorder.ts";
import type { RoomSetting } from "../protocol/room_settings.ts";

Deno.test("typing is shown only of those who may write in the room", async () => {
  await using the = new HubOnState();
  const [root, mod, bob] = [the.person("root", "admin"), the.person("mod"), the.person("bob")];
  const [ann, carl, eve] = [the.person("ann"), the.person("carl"), the.person("eve", "guest")];
  await the.ask(mod, { type: "create", kind: "public", title: "", topic: "", room: "tea" });
  for (const client of [root, mod, bob, ann, carl, eve]) await the.join(client, "tea");
  for (const client of [root, bob]) await the.join(client, "lobby");

  const type = (client: Recorder, room = "tea") =>
    the.hub.command(client, { type: "typing", room });
  // The typing of somebody who may not write would be shown before that of another who may.
  await set({ setting: "guests", value: false });
  type(eve);
  type(ann);
  await shown("ann");
  await set({ setting: "posting", value: "moderators" });
  type(carl);
  type(mod);
  await shown("mod");
  await set({ setting: "archived", value: true });
  type(root);
  type(root, "lobby");
  await shown("root");
  assertEquals(bob.all("typing").map(({ user }) => user.name), ["ann", "mod", "root"]);

  async function set(setting: RoomSetting) {
    assertEquals(kindOf(await the.ask(mod, { type: "set_room", room: "tea", ...setting })), "ok");
  }
  async function shown(name: string) {
    await bob.first("typing", ({ user }) => user.name === name);
  }
});
