import { Clients } from "./clients.ts";
import { LocalPresence } from "./local_presence.ts";
import { PresenceSender } from "./presence_sender.ts";
import type { Room } from "./room.ts";
import { OpenRooms } from "./open_rooms.ts";
import type { Frame } from "../protocol/frame.ts";
import { parseLine } from "../protocol/mod.ts";
import { assert, assertEquals } from "../testing/assert.ts";
import { FakeTimers } from "../testing/fake_timers.ts";
import { Recorder } from "../testing/recorder.ts";

/** Rooms, and a record of the presence lines sent to them. Time passes only as a test lets it. */
class Fixture implements AsyncDisposable {
  readonly timers = new FakeTimers();
  readonly presence = new LocalPresence();
  readonly sent: { room: string; bytes: number }[] = [];
  readonly rooms: OpenRooms = new OpenRooms({
    presence: this.presence,
    maxRooms: 100,
    onChanges: (room) => this.sender.send(room),
  });
  /** The people whom the state does not know as members. */
  readonly withheld = new Set<string>();
  /** The people of whom the state can't be read. */
  readonly unreadable = new Set<string>();
  /** The rooms whose clients ended. */
  readonly ended: string[] = [];
  readonly sender: PresenceSender = new PresenceSender({
    presence: this.presence,
    clients: new Clients(),
    rooms: this.rooms.open,
    mayBeIn: (person) => {
      if (this.unreadable.has(person)) throw new Error("disk I/O error");
      return !this.withheld.has(person);
    },
    contain: (room, work) => {
      try {
        work();
      } catch {
        this.ended.push(room);
      }
    },
    drop: () => {},
    now: () => this.timers.now,
  });
  /** The lines of renames, one for each receiver. */
  readonly renames: string[] = [];

  /** Makes a room of so many people, whose names are as long as possible. */
  fill(name: string, count: number): Room {
    const record = (frames: readonly Frame[]) => {
      this.renames.push(
        ...frames.map(({ text }) => text).filter((text) => text.includes('"renamed"')),
      );
      const bytes = frames.reduce((sum, frame) => sum + frame.bytes, 0);
      const last = this.sent.at(-1);
      if (last?.room === name) last.bytes += bytes;
      else this.sent.push({ room: name, bytes });
      return true;
    };
    for (let i = 0; i < count; i++) {
      const member = new Recorder(`${name} ${i} ${"🦊".repeat(20)}`);
      member.offer = record;
      this.rooms.getOrOpen(name).add(member);
    }
    this.sender.apply();
    return this.rooms.getOrOpen(name);
  }

  passUntil(condition: () => boolean): void {
    while (!condition()) this.timers.pass(1);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.sender.close();
    this.rooms.close();
    await this.presence[Symbol.asyncDispose]();
    this.timers[Symbol.dispose]();
  }
}

Deno.test("PresenceSender sends lines of small rooms at once", async () => {
  await using the = new Fixture();
  const rooms = ["a", "b", "c"].map((name) => the.fill(name, 3));
  for (const room of rooms) the.sender.send(room);
  assertEquals(the.sent.map(({ room }) => room), ["a", "b", "c"]);
});

Deno.test("PresenceSender lets large rooms wait until their lines are paid for", async () => {
  await using the = new Fixture();
  const [first, second, small] = [
    the.fill("first", 400),
    the.fill("second", 400),
    the.fill("s", 3),
  ];
  for (const room of [first, second, small]) the.sender.send(room);
  assertEquals(the.sent.map(({ room }) => room), ["first"]);
  const { bytes = 0 } = the.sent[0] ?? {};
  assert(bytes > 8 * 1024 * 1024, `${bytes} bytes`);
  const least = (bytes - 4 * 1024 * 1024) / (32 * 1024 * 1024) * 1000;
  the.timers.pass(least - 1);
  assertEquals(the.sent.length, 1);
  // Those who were added cost a little, too.
  the.timers.pass(50);
  // The small room was due last.
  assertEquals(the.sent.map(({ room }) => room), ["first", "s", "second"]);
});

Deno.test("PresenceSender lets renames wait, and joins those of one person", async () => {
  await using the = new Fixture();
  const [large, small] = [the.fill("large", 400), the.fill("small", 3)];
  const person = the.presence.members("small").values().next().value;
  assert(person !== undefined);
  the.sender.send(large);
  the.presence.rename({ id: person.id, name: "second" }, person.name);
  the.sender.apply();
  the.presence.rename({ id: person.id, name: "third" }, "second");
  the.sender.apply();
  the.sender.send(small);
  assertEquals(the.sent.map(({ room }) => room), ["large"]);
  the.passUntil(() => the.sent.length === 2);
  const [line = "", ...others] = the.renames;
  assertEquals(parseLine(line), {
    type: "renamed",
    user: { id: person.id, name: "third" },
    was: person.name,
  });
  assert(others.every((other) => other === line) && others.length === 2, "once to each member");
});

Deno.test("PresenceSender says when it sends no typing, so that no rights are read for it", async () => {
  await using the = new Fixture();
  const large = the.fill("large", 400);
  assert(the.sender.sendsTyping);
  the.sender.send(large);
  assert(!the.sender.sendsTyping);
  const typer = new Recorder("typer");
  the.presence.typing("large", typer.user);
  the.sender.apply();
  assertEquals(the.sent.length, 1);
  the.passUntil(() => the.sender.sendsTyping);
});

Deno.test("PresenceSender sends nothing to a room that was closed meanwhile", async () => {
  await using the = new Fixture();
  const [large, small] = [the.fill("large", 400), the.fill("small", 3)];
  the.sender.send(large);
  the.sender.send(small);
  for (const member of [...small.members()]) the.rooms.vacate(small, member);
  const again = the.fill("again", 3);
  the.sender.send(again);
  the.passUntil(() => the.sent.length === 2);
  assertEquals(the.sent.map(({ room }) => room), ["large", "again"]);
});

Deno.test("PresenceSender shows a person only once the state says that they may be there", async () => {
  await using the = new Fixture();
  const room = the.fill("den", 1);
  const member = new Recorder("member");
  room.add(member);
  the.sender.apply();
  const late = new Recorder("late");
  the.withheld.add(late.user.id);
  const names = () =>
    member.all("presence").flatMap(({ joined }) => joined.map(({ name }) => name));
  // As from another server, whose state is ahead.
  the.presence.join("den", late.user);
  the.presence.typing("den", late.user);
  the.sender.apply();
  the.timers.pass(1000);
  assert(!names().includes("late"));
  assertEquals(member.all("typing"), []);
  the.sender.admit(late.user.id, "den");
  the.timers.pass(1000);
  assert(!names().includes("late"));
  the.withheld.clear();
  the.sender.admit(late.user.id, "den");
  the.passUntil(() => names().includes("late"));
  the.presence.typing("den", late.user);
  the.sender.apply();
  assertEquals(member.all("typing").length, 1);
});

Deno.test("PresenceSender counts nobody, and lets nobody leave, whom it has not shown", async () => {
  await using the = new Fixture();
  const room = the.fill("den", 2);
  the.timers.pass(1000);
  room.takeChanges();
  the.withheld.add("ann").add("bob");
  for (const id of ["ann", "bob", "carl"]) the.presence.join("den", { id, name: id });
  the.sender.apply();
  assertEquals([room.count, the.sender.countIn(room)], [5, 3]);
  the.presence.leave("den", "ann");
  the.sender.apply();
  assertEquals([room.count, the.sender.countIn(room)], [4, 3]);
  const line = room.takeChanges();
  assertEquals([line?.joined.map(({ id }) => id), line?.left], [["carl"], []]);
});

Deno.test("PresenceSender ends a room's clients if it can't be read who may be in it, and sends others the rest", async () => {
  await using the = new Fixture();
  the.fill("a", 2);
  const other = the.fill("b", 2);
  other.takeChanges();
  the.unreadable.add("ann");
  the.presence.join("a", { id: "ann", name: "ann" });
  the.presence.join("b", { id: "bob", name: "bob" });
  the.sender.apply();
  assertEquals(the.ended, ["a"]);
  const line = other.takeChanges();
  assert(line?.type === "presence");
  assertEquals(line.joined, [{ id: "bob", name: "bob" }]);
});
