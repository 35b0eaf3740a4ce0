import { Accounts } from "./accounts.ts";
import { type Backend, openBackend } from "./backend.ts";
import type { Peer } from "./peer.ts";
import { sessionCookieName } from "../people/session.ts";
import { good } from "../testing/people.ts";
import { assert, assertEquals, assertMatch } from "../testing/assert.ts";

const PEER: Peer = { address: "192.0.2.1", scheme: undefined };

/** Accounts on data of their own, in memory. */
async function open(password?: string): Promise<
  { accounts: Accounts; backend: Backend; ended: string[] } & AsyncDisposable
> {
  const backend = await openBackend({
    data: { path: ":memory:", sync: "full" },
    keepDays: 0,
    ...(password === undefined ? {} : { password }),
  });
  const ended: string[] = [];
  const accounts = new Accounts({
    backend,
    log: () => {},
    onLogout: (session) => ended.push(session),
    onSessionsEnded: (person) => ended.push(person),
  });
  return {
    accounts,
    backend,
    ended,
    [Symbol.asyncDispose]: async () => {
      await backend.messages[Symbol.asyncDispose]();
      await backend[Symbol.asyncDispose]();
    },
  };
}

function login(fields: Record<string, string>, headers: HeadersInit = {}): Request {
  return new Request("http://chat.example/login", {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(fields),
  });
}

function upgrade(headers: HeadersInit = {}): Request {
  return new Request("http://chat.example/ws", { headers });
}

/** The session cookie that an answer sets. */
function cookieOf(answer: Response): string {
  return answer.headers.getSetCookie()[0]?.split(";")[0] ?? "";
}

Deno.test("Accounts log a person in, let them enter with the cookie, and log them out", async () => {
  await using test = await open();
  const { accounts, backend, ended } = test;
  const answer = await accounts.login(login({ name: "Ann" }), PEER);
  assertEquals(answer.status, 204);
  const cookie = cookieOf(answer);
  assert(cookie.startsWith(`${sessionCookieName(backend.id)}=`));
  using ann = good(await accounts.enter(upgrade({ cookie }), PEER, undefined));
  assertEquals(ann.person.name, "Ann");
  const out = await accounts.logout(new Request(upgrade({ cookie }), { method: "POST" }), PEER);
  assertEquals([out.status, ended], [204, [ann.session?.id]]);
  assertMatch(out.headers.getSetCookie()[0] ?? "", /Max-Age=0/);
  using guest = good(await accounts.enter(upgrade({ cookie }), PEER, undefined));
  assertMatch(guest.person.name, /^guest-/);
});

Deno.test("Accounts keep few logouts of people without a name, and let others log out meanwhile", async () => {
  await using test = await open();
  const { accounts, backend } = test;
  const logout = (cookie: string) =>
    accounts.logout(new Request(upgrade({ cookie }), { method: "POST" }), PEER);
  const ann = cookieOf(await accounts.login(login({ name: "Ann" }), PEER));
  const guest = async () => {
    using admission = good(await accounts.enter(upgrade(), PEER, undefined));
    return `${sessionCookieName(backend.id)}=${admission.token}`;
  };
  for (let i = 0; i < 100; i++) assertEquals((await logout(await guest())).status, 204);
  const stored = test.ended.length;
  const cookie = await guest();
  const response = await logout(cookie);
  // Whoever is next at that browser is somebody else, and the connections have ended.
  assertEquals([response.status, test.ended.length], [204, stored + 1]);
  assertMatch(response.headers.getSetCookie()[0] ?? "", /Max-Age=0/);
  // Nothing is stored of it: a copy of the cookie is as good as it was.
  using copy = good(await accounts.enter(upgrade({ cookie }), PEER, undefined));
  assertEquals(copy.token, undefined);
  assertEquals((await logout(ann)).status, 204);
});

Deno.test("Accounts answer a form with a redirect, and mark the cookie Secure under https", async () => {
  await using test = await open();
  const form = new Request("http://chat.example/login", {
    method: "POST",
    body: new URLSearchParams({ name: "Ann" }),
  });
  const answer = await test.accounts.login(form, { ...PEER, scheme: "https:" });
  assertEquals([answer.status, answer.headers.get("location")], [303, "/"]);
  assertMatch(answer.headers.getSetCookie()[0] ?? "", /; Secure;/);
});

Deno.test("Accounts refuse a wrong secret, and an address after 20 wrong guesses", async () => {
  await using test = await open("precious");
  const { accounts } = test;
  const status = async (fields: Record<string, string>, peer = PEER) =>
    (await accounts.login(login({ name: "Ann", ...fields }), peer)).status;
  assertEquals(await status({ password: "precious", secret: "right" }), 204);
  assertEquals(await status({ password: "precious", secret: "wrong" }), 401);
  const statuses: number[] = [];
  for (let i = 0; i < 25; i++) statuses.push(await status({ password: `guess ${i}` }));
  const first = statuses.indexOf(429);
  assert(first >= 18 && first <= 20, `the guess ${first} was refused`);
  assertEquals(await status({ password: "precious", secret: "right" }), 429);
  const other = { ...PEER, address: "192.0.2.2" };
  assertEquals(await status({ password: "precious", secret: "right" }, other), 204);
});

Deno.test("Accounts let a class behind one address choose its names at the same time", async () => {
  await using test = await open();
  const answers = await Promise.all(
    Array.from({ length: 100 }, (_, i) => test.accounts.login(login({ name: `pupil ${i}` }), PEER)),
  );
  assertEquals(new Set(answers.map(({ status }) => status)), new Set([204]));
  const entered = await Promise.all(
    Array.from(
      { length: 90 },
      (_, i) => test.accounts.enter(upgrade(), PEER, { name: `robot ${i}` }),
    ),
  );
  for (const admission of entered) good(admission)[Symbol.dispose]();
});

Deno.test("Accounts charge a name that Basic takes as one that is stored, and later entries less", async () => {
  await using test = await open();
  const { accounts } = test;
  const now = performance.now();
  // No token comes back.
  Object.defineProperty(performance, "now", { configurable: true, value: () => now });
  using time = new DisposableStack();
  time.defer(() => void Reflect.deleteProperty(performance, "now"));
  await Promise.all(
    Array.from({ length: 188 }, (_, i) => accounts.login(login({ name: `pupil ${i}` }), PEER)),
  );
  const basic = (name: string) => upgrade({ authorization: `Basic ${btoa(`${name}:secret`)}` });
  const recognize = async (name: string) => {
    const known = await accounts.recognize(basic(name), PEER);
    return "person" in known ? 200 : known.status;
  };
  const enter = async (name: string) => {
    const admission = await accounts.enter(basic(name), PEER, undefined);
    if (!admission.ok) return admission.refusal.status;
    admission[Symbol.dispose]();
    return 200;
  };
  // A secret may be a guess, which takes ten tokens until it is right.
  assertEquals(await enter("ann"), 200, "of 12 tokens");
  assertEquals(await recognize("ann"), 200, "of 11");
  assertEquals(await recognize("bob"), 200, "of 10.9");
  assertEquals(await recognize("bob"), 429, "of 9.9");
});

Deno.test("Accounts limits wrong passwords of an IPv6 /48, and not people who proved theirs", async () => {
  await using test = await open("precious");
  const from = async (address: string, password: string) =>
    (await test.accounts.login(login({ name: address.replaceAll(":", "-"), password }), {
      ...PEER,
      address,
    }))
      .status;
  assertEquals(await from("2001:db8:1:aaaa::1", "precious"), 204);
  const statuses: number[] = [];
  for (let i = 0; i < 500; i++) {
    statuses.push(await from(`2001:db8:1:${i.toString(16)}::1`, `guess ${i}`));
  }
  assertEquals(new Set(statuses), new Set([401, 429]));
  assertEquals(statuses.indexOf(429) >= 400, true, String(statuses.indexOf(429)));
  assertEquals(await from("2001:db8:1:aaaa::2", "precious"), 204);
  assertEquals(await from("2001:db8:2::1", "precious"), 204);
});

Deno.test("Accounts ask programs for Basic credentials, and browsers not", async () => {
  await using test = await open("precious");
  const refusal = async (headers: HeadersInit) => {
    const answer = await test.accounts.enter(upgrade(headers), PEER, undefined);
    return answer.ok ? undefined : answer;
  };
  const program = await refusal({});
  assertEquals([program?.refusal.status, program?.unproven], [401, true]);
  assertMatch(program?.refusal.headers?.["www-authenticate"] ?? "", /^Basic /);
  assertEquals((await refusal({ origin: "http://a" }))?.refusal.headers, undefined);
  const right = `Basic ${btoa("Ann:precious:own secret")}`;
  assertEquals(await refusal({ authorization: right }), undefined);
});

Deno.test("Accounts judge the server's password in a bearer token", async () => {
  await using test = await open("precious");
  const judge = async (authorization: string) =>
    (await test.accounts.judgeMonitor(upgrade({ authorization }), PEER))?.status;
  assertEquals(await judge("Bearer precious"), undefined);
  assertEquals(await judge("bearer  precious "), undefined);
  assertEquals(await judge("Bearer x"), 401);
});

Deno.test("Accounts rename a connected person, and refuse a name that is taken", async () => {
  await using test = await open();
  const { accounts } = test;
  using ann = good(await accounts.enter(upgrade(), PEER, undefined));
  using bob = good(await accounts.enter(upgrade(), PEER, undefined));
  const rename = async (admission: typeof ann, name: string) =>
    (await accounts.rename(admission, { type: "name", name }, PEER.address))?.code;
  assertEquals(await rename(ann, "Ann"), undefined);
  assertEquals([ann.person.name, await rename(bob, "ANN"), await rename(bob, "a:b")], [
    "Ann",
    "name_taken",
    "bad_name",
  ]);
});

Deno.test("Accounts answer 503 when the store fails", async () => {
  const test = await open();
  const { accounts } = test;
  await test[Symbol.asyncDispose]();
  const answer = await accounts.login(login({ name: "Ann" }), PEER);
  assertEquals([answer.status, answer.headers.get("retry-after")], [503, "10"]);
});
