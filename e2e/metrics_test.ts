import { assert, assertEquals, assertMatch } from "../testing/assert.ts";
import { ChatClient } from "../testing/chat_client.ts";
import { runtimes } from "../testing/executable.ts";
import { Hubbub } from "../testing/hubbub.ts";
import { noPromtool, promtool } from "../testing/promtool.ts";
import { clientFrame, RawConnection, TestSocket } from "../testing/sockets.ts";
import { PATIENCE_MS } from "../testing/waiter.ts";

/** Each sample's value, by its name and labels. */
async function scrape(hubbub: Hubbub): Promise<Map<string, number>> {
  const answer = await fetch(hubbub.url("/metrics"));
  assertEquals(answer.status, 200);
  assertMatch(answer.headers.get("content-type") ?? "", /^text\/plain; version=0\.0\.4/);
  const samples = (await answer.text()).split("\n").filter((line) => /^[^#]/.test(line));
  return new Map(samples.map((line): [string, number] => {
    const space = line.lastIndexOf(" ");
    return [line.slice(0, space), Number(line.slice(space + 1))];
  }));
}

/** Scrapes until a sample has a value. */
async function until(hubbub: Hubbub, name: string, value: number): Promise<void> {
  const end = performance.now() + PATIENCE_MS;
  for (let last = NaN; last !== value;) {
    assert(performance.now() < end, `${name} is ${last}, not ${value}`);
    last = (await scrape(hubbub)).get(name) ?? NaN;
  }
}

for (const runtime of await runtimes()) {
  Deno.test(`/metrics (${runtime.name}) continues when its address has taken too many names`, async () => {
    await using hubbub = await Hubbub.start([], runtime);
    await using stack = new AsyncDisposableStack();
    // All of one address.
    for (let i = 0, refused = false; !refused; i++) {
      const ann = stack.use(await ChatClient.open(hubbub.port));
      for (let j = 0; j < 20; j++) ann.send({ type: "name", name: `ann ${i} ${j}` });
      await ann.settled("error");
      refused = ann.lines.some((line) => line.type === "error" && line.code === "rate_limited");
    }
    await scrape(hubbub);
  });

  Deno.test(`/metrics (${runtime.name}) counts what happened`, async () => {
    await using hubbub = await Hubbub.start([], runtime);
    await using ann = await ChatClient.enter(hubbub.port);
    await using bob = await ChatClient.enter(hubbub.port);
    await using _plain = await TestSocket.open(hubbub.port, "/ws?room=other");
    for (let i = 0; i < 10; i++) await ann.say(`message ${i}`);
    const lines = () => bob.lines.filter(({ type }) => type === "message").length;
    await bob.until(() => lines() === 10);
    await using binary = await TestSocket.open(hubbub.port);
    binary.send(new Uint8Array([1]));
    await binary.closed;
    // It does not answer the close frame, so its socket stays.
    using stuck = await RawConnection.upgrade(hubbub.port);
    await stuck.write(clientFrame(new Uint8Array([1]), 0x82));

    await until(hubbub, 'hubbub_drops_total{reason="binary"}', 2);
    const samples = await scrape(hubbub);
    const expected: Record<string, number> = {
      hubbub_clients: 3,
      hubbub_people: 3,
      hubbub_rooms: 2,
      hubbub_sockets: 4,
      hubbub_stuck_sockets: 1,
      hubbub_outbox_bytes: 0,
      hubbub_log_healthy: 1,
      hubbub_messages_total: 10,
      hubbub_log_failures_total: 0,
      hubbub_deliveries_total: 20,
      'hubbub_drops_total{reason="slow"}': 0,
      hubbub_batch_messages_sum: 10,
      'hubbub_batch_messages_bucket{le="1"}': 10,
      'hubbub_batch_messages_bucket{le="+Inf"}': 10,
      hubbub_commit_seconds_count: 10,
    };
    for (const [name, value] of Object.entries(expected)) {
      assertEquals(samples.get(name), value, name);
    }
    for (
      const name of [
        "hubbub_turn_seconds_count",
        "hubbub_turn_seconds_sum",
        "process_resident_memory_bytes",
        "process_heap_bytes",
        "process_cpu_seconds_total",
      ]
    ) assert((samples.get(name) ?? 0) > 0, name);
    const started = samples.get("process_start_time_seconds") ?? 0;
    assert(Math.abs(Date.now() / 1000 - started) < 120, String(started));
  });

  Deno.test({
    name: `/metrics (${runtime.name}) names metrics as Prometheus asks`,
    ignore: noPromtool,
    async fn() {
      await using hubbub = await Hubbub.start([], runtime);
      const text = await (await fetch(hubbub.url("/metrics"))).text();
      assertEquals(await promtool(["check", "metrics"], text), { code: 0, output: "" });
    },
  });

  Deno.test(`/metrics (${runtime.name}) asks for the server's password`, async () => {
    await using hubbub = await Hubbub.start(["--password", "pässword"], runtime);
    const ask = async (authorization?: string) => {
      const headers = new Headers(
        authorization === undefined ? [] : [["authorization", authorization]],
      );
      const answer = await fetch(hubbub.url("/metrics"), { headers });
      const text = await answer.text();
      assertEquals(text.includes("hubbub_clients"), answer.status === 200);
      return answer;
    };
    const bytes = String.fromCharCode(...new TextEncoder().encode("pässword"));
    assertEquals((await ask(`Bearer ${bytes}`)).status, 200);
    const refused = await ask();
    assertEquals(refused.status, 401);
    assertMatch(refused.headers.get("www-authenticate") ?? "", /^Bearer /);
    assertEquals((await ask("Bearer wrong")).status, 401);
    assertEquals((await ask(`Basic ${btoa("ann:pässword")}`)).status, 401);
  });
}
