import { type DropReason, type Frame, Hub, type Subscriber } from "./hub.ts";
import { assert, assertEquals } from "./testing/assert.ts";

/** A subscriber that keeps what it is given, up to a bound. */
class Recorder implements Subscriber {
  readonly frames: Frame[] = [];
  end: "drained" | "released" | DropReason | undefined;
  readonly #capacity: number;

  constructor(capacity = Infinity) {
    this.#capacity = capacity;
  }

  get lines(): string[] {
    return this.frames.flatMap((frame) => frame.text.split("\n"));
  }

  offer(frame: Frame): boolean {
    if (this.frames.length >= this.#capacity) return false;
    this.frames.push(frame);
    return true;
  }

  drop(reason: DropReason): void {
    this.end = reason;
  }

  drain(): void {
    this.end = "drained";
  }

  release(): void {
    this.end = "released";
  }
}

/** Resolves when the hub has handled all that was sent to it so far. */
async function settled(hub: Hub): Promise<void> {
  const probe = new Recorder();
  hub.register(probe);
  hub.unregister(probe);
  while (probe.end === undefined) await new Promise((resolve) => setTimeout(resolve));
}

Deno.test("Hub gives each message to every registered client in one order", async () => {
  const hub = new Hub();
  const end = hub.run();
  const clients = Array.from({ length: 5 }, () => new Recorder());
  for (const client of clients) hub.register(client);
  const sent = Array.from({ length: 100 }, (_, i) => `message ${i}`);
  for (const line of sent) {
    hub.broadcast(line);
    if (line.endsWith("0")) await settled(hub);
  }
  hub.close();
  await end;
  for (const client of clients) assertEquals(client.lines, sent);
});

Deno.test("Hub joins what a turn brings into one frame that all share", async () => {
  const hub = new Hub();
  const end = hub.run();
  const [a, b] = [new Recorder(), new Recorder()];
  hub.register(a);
  hub.register(b);
  for (const line of ["one", "two", "zwölf"]) hub.broadcast(line);
  hub.close();
  await end;
  assertEquals(a.frames, [{ text: "one\ntwo\nzwölf", bytes: 14 }]);
  assert(a.frames[0] === b.frames[0]);
});

Deno.test("Hub gives a client what was sent between its registering and its leaving", async () => {
  const hub = new Hub();
  const end = hub.run();
  const [client, witness] = [new Recorder(), new Recorder()];
  hub.register(witness);
  hub.broadcast("before");
  hub.register(client);
  hub.broadcast("while");
  hub.unregister(client);
  hub.unregister(client);
  hub.broadcast("after");
  await settled(hub);
  assertEquals(client.lines, ["while"]);
  assertEquals(client.end, "released");
  assertEquals(witness.lines, ["before", "while", "after"]);
  assertEquals(hub.size, 1);
  hub.close();
  await end;
});

Deno.test("Hub drops a client whose buffer is full, and nobody else notices", async () => {
  const hub = new Hub();
  const end = hub.run();
  const [slow, quick] = [new Recorder(1), new Recorder()];
  hub.register(slow);
  hub.register(quick);
  hub.broadcast("one");
  await settled(hub);
  hub.broadcast("two");
  await settled(hub);
  hub.broadcast("three");
  await settled(hub);
  assertEquals(slow.end, "buffer full");
  assertEquals(slow.lines, ["one"]);
  assertEquals(quick.lines, ["one", "two", "three"]);
  assertEquals(hub.size, 1);
  hub.close();
  await end;
});

Deno.test("Hub delivers what waits when it is closed, then drains, and takes nothing more", async () => {
  const hub = new Hub();
  const client = new Recorder();
  hub.register(client);
  hub.broadcast("last");
  hub.close();
  assertEquals(hub.broadcast("too late"), false);
  assertEquals(hub.register(new Recorder()), false);
  await hub.run();
  assertEquals(client.lines, ["last"]);
  assertEquals(client.end, "drained");
  assertEquals(hub.size, 0);
});
