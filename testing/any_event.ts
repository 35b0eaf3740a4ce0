/**
 * Random events of the state.
 *
 * @module
 */
import fc from "fast-check";
import type { RoomSetting } from "../protocol/room_settings.ts";
import type { Setting } from "../protocol/settings.ts";
import type { Event } from "../state/events.ts";
import {
  anyFileEvent,
  anyMessageEvent,
  anyPreviewsEvent,
  CHANGED,
  LINKS,
  PEOPLE,
} from "./any_message_event.ts";

/** The only person whose account is deleted: of one that is gone, each event is refused. */
const DELETED = fc.constant("p3");

/** A few addresses; those of private rooms begin with ~. */
const ROOMS = fc.constantFrom("lobby", "a", "b", "~a", "~b", "~c");

/** Any event, of few people, names, rooms and ids, so that they often meet. */
export const anyEvent: fc.Arbitrary<Event> = fc.oneof(
  {
    weight: 90,
    arbitrary: anyMessageEvent,
  },
  {
    weight: 40,
    arbitrary: fc.oneof(
      fc.record({
        type: fc.constant("edit" as const),
        ...CHANGED,
        id: fc.integer({ min: 8, max: 16 }).map((n) => `m${n}`),
        text: fc.constantFrom("", "hello", "new", LINKS, "é😀", "y".repeat(5000)),
        mentions: fc.subarray([...PEOPLE, "nobody", "*"]),
      }, { requiredKeys: ["type", "room", "seq", "person", "id", "text"] }),
      fc.record({
        type: fc.constant("react" as const),
        ...CHANGED,
        emoji: fc.constantFrom("👍", "❤️", "🎉"),
        on: fc.boolean(),
      }),
      fc.record({
        type: fc.constant("clear_reactions" as const),
        ...CHANGED,
        emoji: fc.constantFrom("👍", "❤️", "🎉"),
      }, { requiredKeys: ["type", "room", "seq", "person"] }),
      fc.record({ type: fc.constant("pin" as const), ...CHANGED, on: fc.boolean() }),
    ),
  },
  {
    weight: 12,
    arbitrary: fc.oneof(
      anyPreviewsEvent,
      fc.record({ type: fc.constant("previews_removed" as const), ...CHANGED }),
      fc.record({
        ...{ type: fc.constant("setting" as const), by: fc.constantFrom(...PEOPLE) },
        ...{ setting: fc.constant("previews" as const), value: fc.constant(true) },
      }),
    ),
  },
  { weight: 3, arbitrary: fc.record({ type: fc.constant("delete" as const), ...CHANGED }) },
  {
    weight: 20,
    arbitrary: anyFileEvent,
  },
  fc.record({
    type: fc.constant("files_expired" as const),
    before: fc.integer({ min: 0, max: 2000 }),
  }),
  {
    weight: 14,
    arbitrary: fc.record({
      type: fc.constant("name" as const),
      person: fc.constantFrom(...PEOPLE),
      name: fc.constantFrom("Ann", "Bob", "Carl", "CarI"),
      secret: fc.constantFrom("hash1", "hash2"),
      invite: fc.constantFrom("hash5", "hash6"),
      used: fc.integer({ min: 0, max: 9 }),
    }, { requiredKeys: ["type", "person", "name", "used"] })
      .map((event) => ({
        ...event,
        key: event.name.toLowerCase(),
        ...(event.name === "CarI" && { written: "carl" }),
      })),
  },
  fc.record({
    type: fc.constant("role" as const),
    person: fc.constantFrom(...PEOPLE),
    role: fc.constantFrom("member", "admin"),
    by: fc.constantFrom(...PEOPLE),
  }, { requiredKeys: ["type", "person", "role"] }),
  fc.record({
    type: fc.constant("keys_rotated" as const),
    key: fc.constantFrom("A", "B", "C").map((letter) => `${letter.repeat(42)}A=`),
  }),
  fc.record({
    type: fc.constant("claim_link" as const),
    hash: fc.constantFrom("hash1", "hash2"),
  }),
  fc.record({
    type: fc.constant("claim" as const),
    hash: fc.constantFrom("hash1", "hash2"),
    person: fc.constantFrom(...PEOPLE),
  }),
  fc.record({
    type: fc.constant("rename" as const),
    person: fc.constantFrom(...PEOPLE),
    name: fc.constantFrom("Ann", "Bob", "Dora"),
    by: fc.constantFrom(...PEOPLE),
  }).map((event) => ({ ...event, key: event.name.toLowerCase() })),
  fc.record({
    type: fc.constant("reset_link" as const),
    hash: fc.constantFrom("hash1", "hash3", "hash4"),
    person: fc.constantFrom(...PEOPLE),
    lasts: fc.constantFrom(0, 5, 1000),
    by: fc.constantFrom(...PEOPLE),
  }),
  fc.record({
    type: fc.constant("secret_reset" as const),
    hash: fc.constantFrom("hash1", "hash3", "hash4"),
    secret: fc.constantFrom("hash1", "hash2"),
  }),
  fc.record({
    type: fc.constant("invite" as const),
    hash: fc.constantFrom("hash5", "hash6"),
    lasts: fc.constantFrom(0, 5, 1000),
    uses: fc.constantFrom(1, 2),
    room: fc.constantFrom("lobby", "~a"),
    by: fc.constantFrom(...PEOPLE),
  }, { requiredKeys: ["type", "hash", "lasts", "by"] }),
  fc.record({
    type: fc.constant("invite_accepted" as const),
    hash: fc.constantFrom("hash5", "hash6"),
    person: fc.constantFrom(...PEOPLE, "guest"),
  }),
  fc.record({
    type: fc.constant("revoke" as const),
    hash: fc.constantFrom("hash5", "hash6"),
    by: fc.constantFrom(...PEOPLE),
  }),
  fc.record({
    type: fc.constant("setting" as const),
    by: fc.constantFrom(...PEOPLE),
    change: fc.constantFrom<Setting>(
      { setting: "name", value: "Team" },
      { setting: "createRooms", value: "members" },
      { setting: "guests", value: false },
      { setting: "guests", value: true },
      { setting: "previews", value: false },
      { setting: "keepDays", value: 30 },
      { setting: "entry", value: "invite" },
      { setting: "entry", value: "open" },
      { setting: "defaultRooms", value: ["b", "new"] },
    ),
  }).map(({ change, ...event }): Event => ({ ...event, ...change })),
  fc.record({
    type: fc.constant("mute" as const),
    person: fc.constantFrom(...PEOPLE),
    seconds: fc.constantFrom(0, 1, 1000),
    by: fc.constantFrom(...PEOPLE),
  }, { requiredKeys: ["type", "person", "by"] }),
  fc.record({
    type: fc.constant("ban" as const),
    person: fc.constantFrom(...PEOPLE, "guest"),
    name: fc.constant("Ann"),
    banned: fc.boolean(),
    reason: fc.constantFrom("", "spam"),
    spare: fc.constant("192.0.2.1"),
    by: fc.constantFrom(...PEOPLE),
  }, { requiredKeys: ["type", "person", "name", "banned", "reason", "by"] }),
  fc.record({
    type: fc.constant("network_ban" as const),
    person: fc.constantFrom(...PEOPLE, "guest"),
    networks: fc.subarray(["192.0.2.1", "192.0.2.2", "2001:db8:0:1::/64"]),
    by: fc.constantFrom(...PEOPLE),
  }),
  fc.record({
    type: fc.constant("network_unbanned" as const),
    network: fc.constantFrom("192.0.2.1", "192.0.2.2"),
    by: fc.constantFrom(...PEOPLE),
  }),
  fc.record({
    type: fc.constant("network_bans_expired" as const),
    before: fc.constantFrom(0, 700_000_000),
  }),
  fc.record({
    type: fc.constant("room_made" as const),
    room: ROOMS,
    kind: fc.constantFrom("public", "private", "direct"),
    title: fc.constantFrom("", "Tea"),
    topic: fc.constant(""),
    history: fc.constantFrom("all", "joined"),
    people: fc.uniqueArray(fc.constantFrom(...PEOPLE)),
    by: fc.constantFrom(...PEOPLE),
  }),
  fc.record({
    type: fc.constant("room_setting" as const),
    room: ROOMS,
    by: fc.constantFrom(...PEOPLE),
    change: fc.constantFrom<RoomSetting>(
      { setting: "title", value: "T" },
      { setting: "posting", value: "moderators" },
      { setting: "guests", value: false },
      { setting: "slow", value: 60 },
      { setting: "slow", value: 0 },
      { setting: "archived", value: true },
      { setting: "archived", value: false },
    ),
  }).map(({ change, ...event }): Event => ({ ...event, ...change })),
  fc.record({
    type: fc.constant("room_member" as const),
    room: ROOMS,
    person: fc.constantFrom(...PEOPLE),
    by: fc.constantFrom(...PEOPLE),
  }),
  fc.record({
    type: fc.constant("room_removal" as const),
    room: ROOMS,
    person: fc.constantFrom(...PEOPLE),
    reason: fc.constantFrom("", "spam"),
    by: fc.constantFrom(...PEOPLE),
  }),
  fc.record({
    type: fc.constant("moderator" as const),
    room: ROOMS,
    person: fc.constantFrom(...PEOPLE),
    on: fc.boolean(),
    by: fc.constantFrom(...PEOPLE),
  }),
  fc.record({
    type: fc.constant("room_private" as const),
    room: ROOMS,
    to: fc.constantFrom("~c", "~d"),
    by: fc.constantFrom(...PEOPLE),
  }),
  fc.record({
    type: fc.constant("room_deleted" as const),
    room: ROOMS,
    by: fc.constantFrom(...PEOPLE),
  }),
  fc.record({
    type: fc.constant("room_erased" as const),
    job: fc.integer({ min: 1, max: 2 }),
    step: fc.integer({ min: 1, max: 2 }),
  }),
  fc.record({
    type: fc.constant("name_used" as const),
    person: fc.constantFrom(...PEOPLE),
    day: fc.integer({ min: 0, max: 9 }),
  }),
  fc.record({
    type: fc.constant("name_expired" as const),
    person: fc.constantFrom(...PEOPLE),
    used: fc.integer({ min: 0, max: 9 }),
  }),
  fc.record({
    type: fc.constant("session_ended" as const),
    session: fc.constantFrom("s1", "s2", "s3"),
    until: fc.integer({ min: 0, max: 2000 }),
    forgets: fc.boolean(),
    person: fc.constantFrom(...PEOPLE),
  }, { requiredKeys: ["type", "session", "until", "forgets"] }),
  fc.record({
    type: fc.constant("account_deleted" as const),
    person: DELETED,
    by: fc.constantFrom(...PEOPLE),
    messages: fc.constant(true as const),
  }, { requiredKeys: ["type", "person", "by"] }),
  fc.record({
    type: fc.constant("account_deleted" as const),
    person: DELETED,
    generation: fc.integer({ min: 0, max: 2 }),
    messages: fc.constant(true as const),
  }, { requiredKeys: ["type", "person", "generation"] }),
  fc.record({
    type: fc.constant("remove_messages" as const),
    person: fc.constantFrom(...PEOPLE, "nobody"),
    by: fc.constantFrom(...PEOPLE),
    room: fc.constantFrom("lobby", "a", "~a"),
    within: fc.constantFrom(1, 100),
  }, { requiredKeys: ["type", "person", "by"] }),
  fc.record({
    type: fc.constant("messages_removed" as const),
    removal: fc.integer({ min: 1, max: 2 }),
    step: fc.integer({ min: 1, max: 2 }),
  }),
  fc.record({
    type: fc.constant("person_erased" as const),
    author: fc.integer({ min: 1, max: 3 }),
    step: fc.integer({ min: 1, max: 2 }),
  }),
  fc.record({
    type: fc.constant("session_used" as const),
    session: fc.constantFrom("s1", "s2", "s3"),
    person: fc.constantFrom(...PEOPLE, "guest"),
    generation: fc.integer({ min: 0, max: 2 }),
    rotation: fc.integer({ min: 0, max: 2 }),
    used: fc.integer({ min: 0, max: 9 }),
    forgets: fc.boolean(),
    browser: fc.constantFrom("Firefox", "Safari"),
    system: fc.constant("Linux"),
  }, { requiredKeys: ["type", "session", "person", "generation", "used", "forgets"] }),
  fc.record({
    type: fc.constant("all_sessions_ended" as const),
    person: fc.constantFrom("p1", "p2", "p3"),
    by: fc.constantFrom(...PEOPLE),
    except: fc.constantFrom("s1", "s2", ""),
  }, { requiredKeys: ["type", "person"] }),
  fc.record({
    type: fc.constant("retention" as const),
    room: fc.constantFrom("lobby", "a", "never"),
    before: fc.integer({ min: 0, max: 40 }),
  }),
  fc.record({
    type: fc.constantFrom("join" as const, "leave" as const),
    person: fc.constantFrom(...PEOPLE, "guest"),
    room: fc.constantFrom("lobby", "a", "never"),
  }),
  fc.record({
    type: fc.constant("markers" as const),
    seen: fc.subarray([...PEOPLE, "guest"]),
    markers: fc.array(fc.record({
      person: fc.constantFrom(...PEOPLE),
      room: fc.constantFrom("lobby", "a", "never"),
      seq: fc.integer({ min: 0, max: 30 }),
      back: fc.constant(true as const),
    }, { requiredKeys: ["person", "room", "seq"] })),
  }),
  fc.record({
    type: fc.constant("level" as const),
    person: fc.constantFrom(...PEOPLE),
    room: fc.constantFrom("lobby", "a"),
    level: fc.constantFrom("all", "mentions", "nothing"),
  }),
  fc.record({
    type: fc.constant("order" as const),
    person: fc.constantFrom(...PEOPLE),
    room: fc.constantFrom("lobby", "a", "b"),
    before: fc.constantFrom("lobby", "a", "b"),
  }, { requiredKeys: ["type", "person", "room"] }),
  fc.record({
    type: fc.constant("ignore" as const),
    person: fc.constantFrom(...PEOPLE),
    other: fc.constantFrom(...PEOPLE, "guest"),
    on: fc.boolean(),
  }),
  fc.record({
    type: fc.constant("report" as const),
    report: fc.constantFrom("r1", "r2", "r3", "r4"),
    about: fc.oneof(
      fc.record({ room: ROOMS, seq: fc.integer({ min: 0, max: 9 }) }),
      fc.record({ person: fc.constantFrom(...PEOPLE, "guest"), name: fc.constant("ann") }),
    ),
    reason: fc.constant("spam"),
    by: fc.constantFrom(...PEOPLE, "guest"),
    byName: fc.constant("bob"),
  }),
  fc.record({
    type: fc.constant("report_closed" as const),
    report: fc.constantFrom("r1", "r2", "r3"),
    outcome: fc.constantFrom("acted", "dismissed"),
    by: fc.constantFrom(...PEOPLE),
  }),
  fc.record({
    type: fc.constant("report_opened" as const),
    report: fc.constantFrom("r1", "r2", "r3"),
    by: fc.constantFrom(...PEOPLE),
  }),
  fc.record({
    type: fc.constant("about" as const),
    person: fc.constantFrom(...PEOPLE, "guest"),
    text: fc.constantFrom("", "Gardener", "é😀"),
    by: fc.constantFrom(...PEOPLE, "guest"),
  }),
  fc.record({
    type: fc.constant("reports_expired" as const),
    before: fc.integer({ min: 0, max: 2000 }),
  }),
  fc.record({
    type: fc.constant("do_not_disturb" as const),
    person: fc.constantFrom(...PEOPLE, "guest"),
    seconds: fc.constantFrom(0, 1, 1000),
  }, { requiredKeys: ["type", "person"] }),
  fc.record({
    type: fc.constant("picture" as const),
    owner: fc.constantFrom(...PEOPLE, "*"),
    by: fc.constantFrom(...PEOPLE),
    picture: fc.constantFrom("1", "2", "3").map((id) => ({ id, mime: "image/png", data: "AAAA" })),
  }, { requiredKeys: ["type", "owner", "by"] }),
  fc.record({ type: fc.constant("all_read" as const), person: fc.constantFrom(...PEOPLE) }),
  fc.record({ type: fc.constant("keep_days" as const), days: fc.integer({ min: 0, max: 2 }) }),
  fc.record({ type: fc.constant("rules" as const), version: fc.constantFrom(0, 1) }),
  fc.record({
    type: fc.constant("program" as const),
    run: fc.constantFrom("run1", "run2"),
    rules: fc.integer({ min: 0, max: 3 }),
  }),
  fc.record({
    type: fc.constant("epoch" as const),
    epoch: fc.constantFrom("epoch", "epoch2"),
    was: fc.constantFrom("epoch", "epoch2"),
  }),
  fc.record({
    type: fc.constant("init" as const),
    store: fc.constantFrom("store1", "store2"),
    epoch: fc.constant("epoch"),
    key: fc.constant("a2V5"),
    keepDays: fc.constant(0),
  }),
);
