import { RawSocket } from "../testing/raw_socket.ts";
import { assert, assertEquals } from "../testing/assert.ts";
import { anyRuntime } from "../testing/executable.ts";
import { Hubbub } from "../testing/hubbub.ts";
import { clientFrame, handshake, RawConnection, TestSocket } from "../testing/sockets.ts";
import { Waiter } from "../testing/waiter.ts";

const NEWLINE = 10;
const decoder = new TextDecoder();

for (const runtime of await anyRuntime()) {
  Deno.test(`the program (${runtime.name}) closes a connection that breaks a limit`, async (t) => {
    await using hubbub = await Hubbub.start(["--max-message", "10"], runtime);
    await using observer = await TestSocket.open(hubbub.port);
    const cases: [what: string, data: string | Uint8Array<ArrayBuffer>, code: number][] = [
      ["a binary frame", new Uint8Array([104, 105]), 1003],
      ["a message one byte too long", "x".repeat(11), 1009],
      ["a message too long in UTF-8", "ümlaute!!!", 1009],
      ["a frame over 64 KiB", " ".repeat(65_537), 1009],
      ["a frame over 64 KiB in UTF-8", "ü".repeat(33_000), 1009],
    ];
    for (const [what, data, code] of cases) {
      await t.step(`${what}: ${code}`, async () => {
        await using client = await TestSocket.open(hubbub.port);
        client.send(data);
        const closed = await client.closed;
        assertEquals(closed.code, code);
        assert(closed.reason !== "");
      });
    }
    await t.step("what keeps the limits stays", async () => {
      await using client = await TestSocket.open(hubbub.port);
      client.send("ü".repeat(5));
      client.send(" ".repeat(60_000) + "x".repeat(10));
      assertEquals(await client.received(2), ["üüüüü", "xxxxxxxxxx"]);
      assertEquals(await observer.received(2), ["üüüüü", "xxxxxxxxxx"]);
    });
  });

  Deno.test(`the program (${runtime.name}) closes a connection that sends garbage, and no other`, async (t) => {
    await using hubbub = await Hubbub.start([], runtime);
    await using ann = await TestSocket.open(hubbub.port);
    await using bob = await TestSocket.open(hubbub.port);
    const cases: [what: string, bytes: Uint8Array][] = [
      ["bad UTF-8", clientFrame(new Uint8Array([0xc3, 0x28]))],
      ["reserved bits", clientFrame("x", 0xf1)],
      ["an unknown opcode", clientFrame("x", 0x83)],
      ["a fragmented control frame", clientFrame("x", 0x09)],
      ["garbage", new Uint8Array(300).map((_, i) => (i * 7919 + 255) & 255)],
    ];
    for (const [what, bytes] of cases) {
      await t.step(what, async () => {
        using connection = await RawConnection.upgrade(hubbub.port);
        await connection.write(bytes);
        await connection.readToEnd();
      });
    }
    await t.step("a frame cut in the middle", async () => {
      const connection = await RawConnection.upgrade(hubbub.port);
      await connection.write(clientFrame("hello there").slice(0, 9));
      connection[Symbol.dispose]();
    });
    ann.send("still here");
    assertEquals(await bob.received(1), ["still here"]);
    assertEquals(await ann.received(1), ["still here"]);
  });

  Deno.test(`the program (${runtime.name}) drops the one of 1,000 clients that reads nothing, and the others receive all in order`, async () => {
    const flags = ["--write-wait", "1", "--max-message", "10000", "--idle-timeout", "600"];
    await using hubbub = await Hubbub.start(flags, runtime);
    using crowd = await Audience.open(hubbub.port, 999);
    using _stuck = await RawConnection.upgrade(hubbub.port, "/ws?name=stuck");
    const member = crowd.members[0];
    assert(member !== undefined);
    // The kernel takes 4 MB for a peer that reads nothing before any waits in the server.
    for (let line = 0; line < 600; line += 20) {
      for (let i = 0; i < 20; i++) member.send(`${line + i} ${"x".repeat(9900)}`);
      await crowd.received(line + 20);
    }
    // Its name is free when it is out of the hub. Without the limit it would stay there for ten minutes.
    const stoppedAt = performance.now();
    while (!(await refusesNothing(hubbub.port, "/ws?name=stuck"))) {
      assert(performance.now() - stoppedAt < 40_000, "still in the hub");
    }
    member.send("600 and on");
    await crowd.received(601);
    assert(crowd.inOrder);
  });
}

async function refusesNothing(port: number, path: string): Promise<boolean> {
  using connection = await RawConnection.connect(port);
  await connection.write(handshake({}, path));
  return (await connection.readHead()).startsWith("HTTP/1.1 101");
}

/** Many clients that check that the lines they get begin with 0, 1, 2, …, and keep none. */
class Audience implements Disposable {
  readonly members: RawSocket[] = [];
  inOrder = true;
  readonly #counts: number[] = [];
  readonly #watch = new Waiter();

  static async open(port: number, size: number): Promise<Audience> {
    const crowd = new Audience();
    for (let index = 0; index < size; index++) {
      const member = await RawSocket.connect({ port, path: "/ws" });
      crowd.members.push(member);
      crowd.#counts.push(0);
      void member.receive((bytes, from, to) => crowd.#count(index, bytes.subarray(from, to)));
    }
    return crowd;
  }

  /** Resolves when every member has got `count` lines. */
  received(count: number): Promise<void> {
    return this.#watch.until(() => this.#counts.every((got) => got >= count), 120_000);
  }

  [Symbol.dispose](): void {
    for (const member of this.members) member[Symbol.dispose]();
  }

  #count(index: number, bytes: Uint8Array): void {
    const before = this.#counts[index] ?? 0;
    let count = before;
    for (let at = 0; at < bytes.length; at = bytes.indexOf(NEWLINE, at) + 1) {
      this.inOrder &&= parseInt(decoder.decode(bytes.subarray(at, at + 8))) === count++;
    }
    this.#counts[index] = count;
    if (Math.floor(count / 20) !== Math.floor(before / 20) || count > 600) this.#watch.check();
  }
}
