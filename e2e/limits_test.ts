import { delay } from "../lib/std.ts";
import { assert, assertEquals, assertMatch } from "../testing/assert.ts";
import { anyRuntime } from "../testing/executable.ts";
import { Hubbub } from "../testing/hubbub.ts";
import { handshake, RawConnection } from "../testing/sockets.ts";

const PROXY = ["--trust-proxy"];

/**
 * The number of hashes of others that a quiet address waits for at most: those that run, one for
 * each core, and a few.
 */
const HASHES_BEFORE = navigator.hardwareConcurrency + 4;

async function login(
  hubbub: Hubbub,
  form: Record<string, string>,
  headers: Record<string, string> = {},
): Promise<{ status: number; cookie: string; retryAfter: string | null }> {
  const answer = await fetch(hubbub.url("/login"), {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(form),
  });
  await answer.body?.cancel();
  return {
    status: answer.status,
    cookie: answer.headers.get("set-cookie") ?? "",
    retryAfter: answer.headers.get("retry-after"),
  };
}

/** The status of an upgrade, and its connection, which is stuck: nothing reads it. */
async function upgrade(
  hubbub: Hubbub,
  headers: Record<string, string>,
): Promise<Disposable & { status: number; head: string }> {
  const connection = await RawConnection.connect(hubbub.port);
  await connection.write(handshake(headers));
  const head = await connection.readHead();
  const status = Number(head.split(" ")[1]);
  return { status, head, [Symbol.dispose]: () => connection[Symbol.dispose]() };
}

for (const runtime of await anyRuntime()) {
  Deno.test(`the program (${runtime.name}) limits the connections of an address that a trusted proxy names`, async () => {
    await using hubbub = await Hubbub.start([...PROXY, "--max-clients-per-ip", "2"], runtime);
    const from = (address: string) => upgrade(hubbub, { "X-Forwarded-For": address });
    using one = await from("192.0.2.1");
    using two = await from("203.0.113.9, 192.0.2.1");
    using three = await from("192.0.2.1");
    using other = await from("192.0.2.2");
    assertEquals([one, two, three, other].map(({ status }) => status), [101, 101, 429, 101]);
    using v6 = await from("2001:db8::1");
    using neighbour = await from("2001:db8::2");
    using third = await from("2001:db8::3");
    assertEquals([v6, neighbour, third].map(({ status }) => status), [101, 101, 429]);
    // A connection that ends makes room for another.
    one[Symbol.dispose]();
    for (let status = 0; status !== 101;) {
      using again = await from("192.0.2.1");
      status = again.status;
    }
  });

  Deno.test(`the program (${runtime.name}) ignores X-Forwarded-* unless the proxy is trusted`, async () => {
    await using hubbub = await Hubbub.start(["--max-clients-per-ip", "1"], runtime);
    const forged = { "X-Forwarded-For": "192.0.2.1", "X-Forwarded-Proto": "https" };
    using one = await upgrade(hubbub, forged);
    using two = await upgrade(hubbub, forged);
    assertEquals([one.status, two.status], [101, 101]);
    assert(!/; Secure/i.test(one.head), one.head);
    assert(!/; Secure/i.test((await login(hubbub, { name: "ann" }, forged)).cookie));
    one[Symbol.dispose]();
    two[Symbol.dispose]();
    hubbub.signal("SIGTERM");
    assert(!(await hubbub.stderr).includes("192.0.2.1"));
  });

  Deno.test(`the program (${runtime.name}) makes cookies Secure if a trusted proxy says https`, async () => {
    await using hubbub = await Hubbub.start(PROXY, runtime);
    using over = await upgrade(hubbub, { "X-Forwarded-Proto": "https" });
    assertMatch(over.head, /set-cookie: [^\r]*; Secure/i);
    using plain = await upgrade(hubbub, { "X-Forwarded-Proto": "https, http" });
    assert(!/; Secure/i.test(plain.head), plain.head);
    assertMatch(
      (await login(hubbub, { name: "ann" }, { "X-Forwarded-Proto": "https" })).cookie,
      /; Secure/,
    );
  });

  Deno.test(`the program (${runtime.name}) limits guesses of a password, by /login, Basic and Bearer`, async () => {
    await using hubbub = await Hubbub.start([...PROXY, "--password", "right"], runtime);
    const basic = (secret: string) => ({ "Authorization": `Basic ${btoa(`ann:${secret}`)}` });
    const guess = {
      login: async (from: string) =>
        (await login(hubbub, { name: "ann", password: "wrong" }, { "X-Forwarded-For": from }))
          .status,
      basic: async (from: string) => {
        using tried = await upgrade(hubbub, { ...basic("wrong"), "X-Forwarded-For": from });
        return tried.status;
      },
      bearer: async (from: string) => {
        const headers = { "Authorization": "Bearer wrong", "X-Forwarded-For": from };
        const answer = await fetch(hubbub.url("/metrics"), { headers });
        await answer.body?.cancel();
        return answer.status;
      },
    };
    for (const [index, tried] of Object.values(guess).entries()) {
      const start = performance.now();
      let [guesses, status] = [0, 0];
      while ((status = await tried(`192.0.2.${index}`)) === 401) guesses++;
      assertEquals(status, 429);
      // One more is allowed every 10 s.
      const most = 21 + (performance.now() - start) / 10_000;
      assert(guesses >= 20 && guesses <= most, `${guesses} guesses`);
    }
    // A client that is held back learns for how long; no other is.
    const held = await login(hubbub, { name: "ann", password: "right" }, {
      "X-Forwarded-For": "192.0.2.0",
    });
    assertEquals(held.status, 429);
    assert(Number(held.retryAfter) >= 1 && Number(held.retryAfter) <= 10, String(held.retryAfter));
    using right = await upgrade(hubbub, { ...basic("right"), "X-Forwarded-For": "192.0.2.9" });
    assertEquals(right.status, 101);
  });

  Deno.test(`the program (${runtime.name}) does not limit connections with the right Basic credentials`, async () => {
    await using hubbub = await Hubbub.start(PROXY, runtime);
    for (let i = 0; i < 60; i++) {
      const authorization = { "Authorization": `Basic ${btoa("robot:open sesame")}` };
      using entered = await upgrade(hubbub, { ...authorization, "X-Forwarded-For": "192.0.2.1" });
      assertEquals(entered.status, 101);
    }
  });
}

for (const runtime of await anyRuntime()) {
  Deno.test(`the program (${runtime.name}) lets a rare login overtake an address that logs in all the time`, async () => {
    await using hubbub = await Hubbub.start(PROXY, runtime);
    const served = new Set<number>();
    let hashes = 0;
    const allServed = Promise.withResolvers<void>();
    let over = false;
    // Five addresses with ten logins under way each: more than may wait.
    const flood = Promise.allSettled(Array.from({ length: 50 }, async (_, i) => {
      const from = { "X-Forwarded-For": `192.0.2.${i % 5}` };
      for (let next = 0; !over; next++) {
        const { status } = await login(hubbub, { name: `n${i} ${next}`, secret: "x" }, from);
        if (status !== 204) {
          await delay(50);
          continue;
        }
        hashes++;
        served.add(i % 5);
        if (served.size === 5) allServed.resolve();
      }
    }));
    await allServed.promise;
    const before = hashes;
    const quiet = { "X-Forwarded-For": "198.51.100.1" };
    const { status } = await login(hubbub, { name: "ann", secret: "open sesame" }, quiet);
    const waited = hashes - before;
    over = true;
    await hubbub[Symbol.asyncDispose]();
    await flood;
    assertEquals(status, 204);
    assert(waited < HASHES_BEFORE, `it waited for ${waited} hashes`);
  });
}

Deno.test("the program never turns line breaks in a name or a room into headers", async () => {
  await using hubbub = await Hubbub.start();
  const injection = "a%0D%0ASet-Cookie:%20stolen=1%0D%0A%0D%0Abody";
  for (const query of [`room=${injection}`, `name=${injection}`, `history=${injection}`]) {
    using connection = await RawConnection.connect(hubbub.port);
    await connection.write(handshake({ "Connection": "Upgrade, close" }, `/ws?${query}`));
    const head = await connection.readHead();
    assertMatch(head, /^HTTP\/1.1 400 /);
    assert(!/^set-cookie|^body/im.test(head), head);
  }
});

Deno.test("the program does not wait for a body that never ends", async () => {
  await using hubbub = await Hubbub.start();
  using connection = await RawConnection.connect(hubbub.port);
  await connection.write(
    "POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n" +
      "Content-Length: 100\r\n\r\n{",
  );
  assertMatch(await connection.readHead(), /^HTTP\/1.1 408 /);
});
