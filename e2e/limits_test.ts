import { delay } from "../lib/std.ts";
import { assert, assertEquals, assertMatch } from "../testing/assert.ts";
import { runtimes } from "../testing/executable.ts";
import { Hubbub } from "../testing/hubbub.ts";
import { handshake, Wire } from "../testing/sockets.ts";

const PROXY = ["--trust-proxy"];

/** How many hashes of others a quiet address waits for at most: those that run, one for each core, and a few. */
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

/** The status of an upgrade, and its connection, which is stuck: nobody reads it. */
async function upgrade(
  hubbub: Hubbub,
  headers: Record<string, string>,
): Promise<Disposable & { status: number; head: string }> {
  const wire = await Wire.connect(hubbub.port);
  await wire.write(handshake(headers));
  const head = await wire.readHead();
  const status = Number(head.split(" ")[1]);
  return { status, head, [Symbol.dispose]: () => wire[Symbol.dispose]() };
}

for (const runtime of await runtimes()) {
  Deno.test(`Limits (${runtime.name}): connections of one address, as a trusted proxy tells it`, async () => {
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
    // What leaves makes room.
    one[Symbol.dispose]();
    for (let status = 0; status !== 101;) {
      using again = await from("192.0.2.1");
      status = again.status;
    }
  });

  Deno.test(`Limits (${runtime.name}): X-Forwarded-* is ignored unless the proxy is trusted`, async () => {
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

  Deno.test(`Limits (${runtime.name}): behind a trusted proxy cookies are Secure as it says`, async () => {
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

  Deno.test(`Limits (${runtime.name}): guesses of a password are few, by /login, Basic and Bearer`, async () => {
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
      const statuses: number[] = [];
      for (let i = 0; i < 40; i++) statuses.push(await tried(`192.0.2.${index}`));
      assertEquals(new Set(statuses), new Set([401, 429]));
      const guesses = statuses.filter((status) => status === 401).length;
      assert(guesses >= 20 && guesses < 25, `${guesses} guesses`);
    }
    // Whoever is held back is told for how long; nobody else is held.
    const held = await login(hubbub, { name: "ann", password: "right" }, {
      "X-Forwarded-For": "192.0.2.0",
    });
    assertEquals(held.status, 429);
    assert(Number(held.retryAfter) >= 1 && Number(held.retryAfter) <= 10, String(held.retryAfter));
    using right = await upgrade(hubbub, { ...basic("right"), "X-Forwarded-For": "192.0.2.9" });
    assertEquals(right.status, 101);
  });

  Deno.test(`Limits (${runtime.name}): a program may come in by Basic as often as it likes`, async () => {
    await using hubbub = await Hubbub.start(PROXY, runtime);
    for (let i = 0; i < 60; i++) {
      const authorization = { "Authorization": `Basic ${btoa("robot:open sesame")}` };
      using entered = await upgrade(hubbub, { ...authorization, "X-Forwarded-For": "192.0.2.1" });
      assertEquals(entered.status, 101);
    }
  });
}

for (const runtime of await runtimes()) {
  Deno.test(`Limits (${runtime.name}): who logs in seldom does not wait for those who do it all the time`, async () => {
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

Deno.test("Limits: line breaks in a name or a room never become headers", async () => {
  await using hubbub = await Hubbub.start();
  const injection = "a%0D%0ASet-Cookie:%20stolen=1%0D%0A%0D%0Abody";
  for (const query of [`room=${injection}`, `name=${injection}`, `history=${injection}`]) {
    using wire = await Wire.connect(hubbub.port);
    await wire.write(handshake({ "Connection": "Upgrade, close" }, `/ws?${query}`));
    const head = await wire.readHead();
    assertMatch(head, /^HTTP\/1.1 400 /);
    assert(!/^set-cookie|^body/im.test(head), head);
  }
});

Deno.test("Limits: a body that never ends is not waited for", async () => {
  await using hubbub = await Hubbub.start();
  using wire = await Wire.connect(hubbub.port);
  await wire.write(
    "POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n" +
      "Content-Length: 100\r\n\r\n{",
  );
  assertMatch(await wire.readHead(), /^HTTP\/1.1 408 /);
});
