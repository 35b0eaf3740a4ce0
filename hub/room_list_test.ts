import { LocalPresence } from "./local_presence.ts";
import type { LoggedRoom } from "./message_log.ts";
import { RoomList } from "./room_list.ts";
import { assert, assertEquals, assertRejects } from "../testing/assert.ts";

/** A list of rooms with a log, people and a clock that the test sets. */
class Fixture implements AsyncDisposable {
  readonly presence = new LocalPresence();
  readonly open = new Map<string, { last: number; at: number }>();
  logged: LoggedRoom[] = [];
  broken = false;
  reads = 0;
  time = 0;
  readonly list = new RoomList({
    log: {
      rooms: (limit) => {
        this.reads++;
        if (this.broken) return Promise.reject(new Error("broken"));
        return Promise.resolve(this.logged.slice(0, limit));
      },
    },
    presence: this.presence,
    open: this.open,
    now: () => this.time,
  });

  /** Lets people join a room. */
  join(room: string, count: number): void {
    for (let i = 0; i < count; i++) this.presence.join(room, { id: `p${i}`, name: `person ${i}` });
  }

  async names(): Promise<string[]> {
    return (await this.list.list()).map(({ room }) => room);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.presence[Symbol.asyncDispose]();
  }
}

Deno.test("RoomList puts the fullest rooms first, then those written to last", async () => {
  await using the = new Fixture();
  the.logged = [
    { room: "new", last: 3, at: 30 },
    { room: "old", last: 9, at: 10 },
    { room: "two", last: 1, at: 20 },
  ];
  the.join("two", 2);
  the.join("three", 3);
  assertEquals(await the.list.list(), [
    { room: "three", count: 3, last: 0, at: 0 },
    { room: "two", count: 2, last: 1, at: 20 },
    { room: "new", count: 0, last: 3, at: 30 },
    { room: "old", count: 0, last: 9, at: 10 },
  ]);
});

Deno.test("RoomList takes the newer of what the log and an occupied room know", async () => {
  await using the = new Fixture();
  the.logged = [{ room: "a", last: 3, at: 30 }, { room: "b", last: 5, at: 50 }];
  the.open.set("a", { last: 4, at: 40 });
  the.open.set("b", { last: 0, at: 0 });
  the.join("a", 1);
  the.join("b", 1);
  assertEquals((await the.list.list()).map(({ last, at }) => [last, at]), [[5, 50], [4, 40]]);
});

Deno.test("RoomList returns at most 200 rooms", async () => {
  await using the = new Fixture();
  the.logged = Array.from({ length: 300 }, (_, i) => ({ room: `r${i}`, last: 1, at: i }));
  for (let i = 0; i < 150; i++) the.join(`full${i}`, 1);
  const rooms = await the.list.list();
  assertEquals(rooms.length, 200);
  assert(rooms.every(({ last }) => last === 1), "empty rooms displace none that has messages");
});

Deno.test("RoomList reads the log at most once a second", async () => {
  await using the = new Fixture();
  the.join("a", 1);
  assertEquals(await the.names(), ["a"]);
  the.join("b", 2);
  the.time = 1000;
  assertEquals(await the.names(), ["a"]);
  the.time = 1001;
  assertEquals(await the.names(), ["b", "a"]);
  assertEquals(the.reads, 2);
});

Deno.test("RoomList rejects while the log can't be read, and recovers", async () => {
  await using the = new Fixture();
  the.broken = true;
  await assertRejects(() => the.list.list(), Error, "broken");
  the.broken = false;
  the.time = 1001;
  assertEquals(await the.names(), []);
});
