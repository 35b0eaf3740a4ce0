import { assert, assertEquals } from "../../testing/assert.ts";
import { auditSentence } from "./audit_sentence.ts";

Deno.test("auditSentence reads every action of the server, and keeps the words of others", () => {
  const at = 1_000_000;
  const read = (action: string, detail?: string) =>
    auditSentence({ n: 1, at, action, ...(detail !== undefined && { detail }) });
  assertEquals(read("role", "admin"), { kind: "madeAdmin" });
  assertEquals(read("role", "member"), { kind: "madeMember" });
  assertEquals(read("mute", "600"), { kind: "mutedUntil", until: at + 600_000 });
  assertEquals(read("mute", "lasting"), { kind: "muted" });
  assertEquals(read("mute", "0"), { kind: "unmuted" });
  assertEquals(read("ban"), { kind: "banned", reason: "" });
  assertEquals(read("ban", "spam"), { kind: "banned", reason: "spam" });
  assertEquals(read("unban"), { kind: "unbanned" });
  assertEquals(read("end_sessions"), { kind: "endedSessions" });
  assertEquals(read("rotate_keys"), { kind: "rotatedKeys" });
  assertEquals(read("delete_account"), { kind: "deletedOwnAccount" });
  assertEquals(read("claim"), { kind: "claimed" });
  assertEquals(read("reset_link"), { kind: "madeReset" });
  assertEquals(read("secret_reset"), { kind: "reset" });
  assertEquals(read("invite", "3 7 tea"), { kind: "invited" });
  assertEquals(read("revoke"), { kind: "revoked" });
  assertEquals(read("set", "entry: invite"), { kind: "entry", entry: "invite" });
  assertEquals(read("rename", "A → B"), { kind: "renamed", names: "A → B" });
  assertEquals(read("set", "guests: false"), { kind: "guests", may: "false" });
  assertEquals(read("set", "guests: true"), { kind: "guests", may: "true" });
  assertEquals(read("set", "name: A: b"), { kind: "name", text: "A: b" });
  assertEquals(read("set", "welcome: one\ntwo"), { kind: "welcome", text: "one\ntwo" });
  assertEquals(read("set", "createRooms: admins"), { kind: "createRooms", creators: "admins" });
  assertEquals(read("set", "defaultRooms: lobby,tea"), {
    kind: "defaultRooms",
    rooms: ["lobby", "tea"],
  });
  assertEquals(read("set", "defaultRooms: "), { kind: "defaultRooms", rooms: [] });
  assertEquals(read("set", "keepDays: 30"), { kind: "keepDays", days: 30 });
  assertEquals(read("set", "colour: red"), { kind: "changedSetting", detail: "colour: red" });
  const room = "~abcdefghijklmnopqrst";
  assertEquals(read("add", room), { kind: "roomEntered", room });
  assertEquals(read("make_private", room), { kind: "roomMadePrivate", room });
  assertEquals(read("delete_room", "tea"), { kind: "roomDeleted", room: "tea" });
  assertEquals(read("delete_message"), { kind: "deletedMessage" });
  assertEquals(read("delete_message", "tea"), { kind: "deletedMessageIn", room: "tea" });
  assertEquals(read("clear_reactions"), { kind: "clearedReactions" });
  assertEquals(read("clear_reactions", "tea"), { kind: "clearedReactionsIn", room: "tea" });
  const removed = { kind: "removedMessages", count: 60, more: false } as const;
  assertEquals(read("remove_messages", "60"), removed);
  assertEquals(read("remove_messages", "60+ tea"), { ...removed, more: true, room: "tea" });
  const changed = { kind: "roomChanged", room: "tea", change: "topic: a b" } as const;
  assertEquals(read("set_room", "tea topic: a b"), changed);
  assertEquals(read("paint", "blue"), { kind: "other", action: "paint", detail: "blue" });
});

Deno.test("auditSentence knows every action that the state records", async () => {
  const folder = new URL("../../state/kinds/", import.meta.url);
  const actions: string[] = [];
  for await (const { name } of Deno.readDir(folder)) {
    const source = await Deno.readTextFile(new URL(name, folder));
    if (!source.includes("audit.add(")) continue;
    for (const [, action = ""] of source.matchAll(/\baction: "(\w+)"/g)) actions.push(action);
  }
  const unknown = actions.filter((action) => {
    return auditSentence({ n: 1, at: 0, action }).kind === "other";
  });
  assertEquals(unknown, []);
  assert(actions.length > 15);
});
