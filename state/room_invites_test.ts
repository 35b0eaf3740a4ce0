/** Invitations to private rooms: who makes them, whom they let in, and when they end. */
import { createHash } from "node:crypto";
import { assert, assertEquals } from "../testing/assert.ts";
import { HubOnState, kindOf } from "../testing/hub_on_state.ts";
import type { Recorder } from "../testing/recorder.ts";
import { MODERATOR_INVITES, MODERATORS_INVITES } from "./kinds/invite.ts";
import { MEMBERSHIPS_LIMIT } from "./membership_table.ts";
import type { Event } from "./events.ts";

const MESSAGE = { type: "message", text: "hello" } as const;

async function board(the: HubOnState) {
  const [mod, ann, root] = [the.person("mod"), the.person("ann"), the.person("root", "admin")];
  const created = await the.ask(mod, {
    ...{ type: "create", kind: "private", title: "Board", topic: "", history: "joined" },
  });
  assert(created.type === "created");
  const { room } = created;
  const first = { ...{ type: "message", room, id: "m" } as const, user: mod.user, text: "early" };
  the.append(first);
  /** Makes an invitation, and returns the hash of its token, or the code of the error. */
  const invite = async (by: Recorder, options: { uses?: number } = {}) => {
    const line = await the.ask(by, { type: "invite", room, ...options });
    if (line.type !== "link") return kindOf(line);
    const [secret = ""] = line.token.split(".");
    return createHash("sha256").update(secret).digest("base64url");
  };
  const apply = (event: Event, at = 1e12): string => {
    const [outcome] = the.store.state.append([event], at);
    assert(outcome !== undefined);
    return outcome.type === "refused" ? outcome.code : outcome.type;
  };
  const newcomer = (person: string, hash: string, at = Date.now()) =>
    apply({ type: "name", person, name: person, key: person, used: 1, invite: hash }, at);
  const accept = (person: string, hash: string, at = Date.now()) =>
    apply({ type: "invite_accepted", hash, person }, at);
  const from = (person: string) => the.store.permissions.viewOf(person, room)?.from;
  return { mod, ann, root, room, invite, apply, newcomer, accept, from };
}

Deno.test("a moderator invites newcomers, and people who have a name, to a private room", async () => {
  await using the = new HubOnState();
  const { mod, ann, root, invite, newcomer, accept, from } = await board(the);
  // To everyone else the room is none that there is, admins included.
  assertEquals([await invite(ann), await invite(root)], ["no_room", "no_room"]);
  const hash = await invite(mod);
  assertEquals([from("new"), from(ann.user.id)], [undefined, undefined]);
  assertEquals([newcomer("new", hash), accept(ann.user.id, hash)], ["named", "changed"]);
  // The room is one whose new members begin with what comes then.
  assertEquals([from("new"), from(ann.user.id)], [2, 2]);
  assertEquals([accept("new", hash), accept(ann.user.id, hash)], ["unchanged", "unchanged"]);
  assertEquals(accept("guest", hash), "forbidden");
  assertEquals(accept(ann.user.id, "no link"), "stale");
  // Its maker sees and ends it; other members see nothing of it.
  const invites = async (who: Recorder) => {
    const line = await the.ask(who, { type: "invites" });
    return line.type === "invites" ? line.invites.map(({ used }) => used) : kindOf(line);
  };
  assertEquals([await invites(mod), await invites(ann), await invites(root)], [
    [2],
    "forbidden",
    [2],
  ]);
  const revoke = async (who: Recorder) =>
    kindOf(await the.ask(who, { type: "revoke", link: hash }));
  assertEquals([await revoke(ann), await revoke(mod)], ["forbidden", "ok"]);
  assertEquals(newcomer("late", hash), "stale");
});

Deno.test("a person who is logged in accepts an invitation by its token", async () => {
  await using the = new HubOnState();
  const { mod, ann, room, from } = await board(the);
  const eve = the.person("eve", "guest");
  const accept = async (who: Recorder, link: string) =>
    kindOf(await the.ask(who, { type: "accept", link }));
  const made = await the.ask(mod, { type: "invite", room, uses: 1 });
  assert(made.type === "link");
  const { token } = made;
  assertEquals([await accept(eve, token), from(eve.user.id)], ["forbidden", undefined]);
  assertEquals([await accept(ann, token), from(ann.user.id)], ["ok", 2]);
  // Once more changes nothing, and now it is used up for others.
  assertEquals(await accept(ann, token), "stale");
  const bob = the.person("bob");
  assertEquals([await accept(bob, token), from(bob.user.id)], ["stale", undefined]);
  assertEquals(await accept(bob, `${token.slice(0, 23)}A`), "stale");
});

Deno.test("an invitation to a private room ends with its uses, its time, and its maker's role", async () => {
  await using the = new HubOnState();
  const { mod, ann, room, invite, apply, newcomer, accept, from } = await board(the);
  const once = await invite(mod, { uses: 1 });
  assertEquals(newcomer("one", once), "named");
  // The newcomer's login asks as everybody's does.
  assertEquals(accept("one", once), "unchanged");
  assertEquals([newcomer("two", once), accept(ann.user.id, once)], ["stale", "stale"]);
  const hash = await invite(mod);
  assertEquals(accept(ann.user.id, hash, Date.now() + 8 * 86_400_000), "stale");
  // Another moderator, without whom the room would keep this one.
  apply({ type: "moderator", room, person: "one", on: true, by: mod.user.id });
  apply({ type: "moderator", room, person: mod.user.id, on: false, by: "one" });
  assertEquals([accept(ann.user.id, hash), newcomer("three", hash)], ["stale", "stale"]);
  assertEquals(from(ann.user.id), undefined);
  apply({ type: "moderator", room, person: mod.user.id, on: true, by: "one" });
  assertEquals(accept(ann.user.id, hash), "changed");
  for (let n = 2; n < MODERATOR_INVITES; n++) await invite(mod);
  // The one that is used up makes place, and then there is none.
  assert((await invite(mod)).length > 20);
  assertEquals(await invite(mod), "too_many");
});

Deno.test("an invitation to a private room ends when somebody is removed, who may know it, and with the room", async () => {
  await using the = new HubOnState();
  const { mod, ann, room, invite, apply, accept, from } = await board(the);
  const hash = await invite(mod);
  assertEquals(accept(ann.user.id, hash), "changed");
  apply({ type: "room_removal", room, person: ann.user.id, reason: "", by: mod.user.id });
  assertEquals([accept(ann.user.id, hash), from(ann.user.id)], ["stale", undefined]);
  // One that is made later is for whomever the moderators give it to.
  assertEquals(accept(ann.user.id, await invite(mod)), "changed");
  apply({ type: "room_deleted", room, by: mod.user.id });
  assertEquals(the.store.links.invites(), []);
});

Deno.test("invitations that a person may know end when the person is banned, or an admin deletes the account", async () => {
  await using the = new HubOnState();
  const { mod, ann, root, room, invite, apply, accept, newcomer } = await board(the);
  const bob = the.person("bob");
  const ends: Event[] = [
    { type: "ban", person: ann.user.id, name: "ann", banned: true, reason: "", by: root.user.id },
    { type: "account_deleted", person: bob.user.id, by: root.user.id },
  ];
  for (const [i, { user }] of [ann, bob].entries()) {
    const hash = await invite(mod);
    assertEquals(accept(user.id, hash), "changed");
    // Those to rooms that the person is not in stay.
    const elsewhere = { type: "invite", hash: `other${i}`, lasts: 1e9, by: root.user.id } as const;
    the.append(elsewhere);
    const [end] = ends.slice(i);
    assert(end !== undefined);
    assertEquals(apply(end, Date.now()), "changed");
    // The same human as somebody else.
    assertEquals([newcomer(`again${i}`, hash), newcomer(`late${i}`, elsewhere.hash)], [
      "stale",
      "named",
    ]);
  }
  // Whoever deletes their own account keeps nobody out.
  const hash = await invite(mod);
  assertEquals(newcomer("carl", hash), "named");
  assertEquals(apply({ type: "account_deleted", person: "carl", generation: 0 }), "changed");
  assertEquals(newcomer("dan", hash), "named");
  assert(the.store.permissions.mayRead("dan", room));
});

Deno.test("a person who is in too many rooms is told so, and uses up no invitation", async () => {
  await using the = new HubOnState();
  const { mod, ann, invite, accept } = await board(the);
  const by = ann.user.id;
  const { db } = the.store.state.database;
  for (let i = 0; i < MEMBERSHIPS_LIMIT; i++) {
    the.append({ ...MESSAGE, room: `room${i}`, id: `m${i}`, user: mod.user });
    the.append({ type: "join", person: by, room: `room${i}` });
  }
  assertEquals(db.prepare("select 1 from membership where person = ?").all(by).length, 200);
  const hash = await invite(mod, { uses: 1 });
  assertEquals(accept(by, hash), "too_many");
  assertEquals(the.store.links.invites()[0]?.used, undefined);
});

Deno.test("moderators make no invitations again and again, each of which the audit log keeps", async () => {
  await using the = new HubOnState();
  const { mod, root, invite } = await board(the);
  for (let i = 0; i < 2 * MODERATOR_INVITES; i++) {
    const link = await invite(mod);
    assertEquals(kindOf(await the.ask(mod, { type: "revoke", link })), "ok");
  }
  assertEquals(await invite(mod), "rate_limited");
  assertEquals(kindOf(await the.ask(root, { type: "invite" })), "link");
});

Deno.test("moderators leave half of the places for invitations to admins", async () => {
  await using the = new HubOnState();
  const { root } = await board(the);
  for (let m = 0; m * MODERATOR_INVITES <= MODERATORS_INVITES; m++) {
    const mod = the.person(`mod${m}`);
    const texts = { title: "Mine", topic: "", history: "all" } as const;
    const created = await the.ask(mod, { type: "create", kind: "private", ...texts });
    assert(created.type === "created");
    const { room } = created;
    for (let i = 0; i < MODERATOR_INVITES; i++) {
      const link = { hash: `${m}-${i}`, lasts: 1e9, room, by: mod.user.id };
      the.append({ type: "invite", ...link });
    }
  }
  assertEquals(the.store.links.invites().length, MODERATORS_INVITES);
  assertEquals(kindOf(await the.ask(root, { type: "invite" })), "link");
});
