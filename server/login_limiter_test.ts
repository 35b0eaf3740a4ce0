import { LoginLimiter } from "./login_limiter.ts";
import { assert, assertEquals } from "../testing/assert.ts";

const GUESS = { guesses: true };
const NAME = { guesses: false };

/** Makes `count` guesses that are all wrong. Returns the number of those that were possible. */
function made(limiter: LoginLimiter, address: string, count: number, now: number): number {
  return Array.from({ length: count }, () => limiter.begin(address, now, GUESS))
    .filter((attempt) => typeof attempt !== "number").length;
}

Deno.test("LoginLimiter allows an address 20 failures at once, then one every 10 s, and others theirs", () => {
  const limiter = new LoginLimiter();
  assertEquals(made(limiter, "192.0.2.1", 100, 0), 20);
  assertEquals(limiter.begin("192.0.2.1", 0, GUESS), 10_000);
  assertEquals(made(limiter, "192.0.2.2", 100, 0), 20);
  assertEquals(made(limiter, "192.0.2.1", 100, 10_000), 1);
});

Deno.test("LoginLimiter charges little or nothing for success", () => {
  const limiter = new LoginLimiter();
  for (let i = 0; i < 1000; i++) {
    const attempt = limiter.begin("192.0.2.1", 0, GUESS);
    assert(typeof attempt !== "number");
    attempt.succeeded();
  }
  let logins = 0;
  for (let i = 0; i < 1000; i++) {
    const attempt = limiter.begin("192.0.2.1", 0, GUESS);
    if (typeof attempt === "number") continue;
    attempt.succeeded(1);
    logins++;
  }
  assert(logins > 100 && logins < 200, String(logins));
});

Deno.test("LoginLimiter lets a network choose 200 names at the same time, then one a second", () => {
  const limiter = new LoginLimiter();
  const attempts = Array.from({ length: 300 }, () => limiter.begin("192.0.2.1", 0, NAME));
  const begun = attempts.filter((attempt) => typeof attempt !== "number");
  assertEquals(begun.length, 200);
  assertEquals(limiter.begin("192.0.2.1", 0, NAME), 1000);
  for (const attempt of begun) attempt.refund(1);
  assertEquals(limiter.begin("192.0.2.1", 0, NAME), 1000);
});

Deno.test("LoginLimiter allows the networks of an IPv6 /48 400 failures together, then two a second", () => {
  const limiter = new LoginLimiter();
  const network = (i: number) => `2001:db8:1:${i.toString(16)}::1`;
  let guesses = 0;
  for (let i = 0; i < 1000; i++) guesses += made(limiter, network(i), 20, 0);
  assertEquals(guesses, 400);
  assertEquals(limiter.begin(network(5000), 0, GUESS), 500);
  // A guess that the /48 refuses costs the network nothing.
  for (let i = 0; i < 100; i++) limiter.begin(network(5000), 0, GUESS);
  assertEquals(made(limiter, network(5000), 100, 1000), 2);
  assertEquals(made(limiter, "2001:db8:2::1", 100, 0), 20);
  assertEquals(made(limiter, "192.0.2.1", 100, 0), 20);
  assert(typeof limiter.begin(network(6000), 0, NAME) !== "number", "a name is no guess");
});

Deno.test("LoginLimiter lets a network that guessed right go on while others of its /48 guess", () => {
  const limiter = new LoginLimiter();
  const home = "2001:db8:1:aaaa::1";
  const login = limiter.begin(home, 0, GUESS);
  assert(typeof login === "object");
  login.succeeded(1);
  for (let i = 0; i < 1000; i++) made(limiter, `2001:db8:1:${i.toString(16)}::1`, 20, 0);
  assertEquals(limiter.begin("2001:db8:1:bbbb::1", 0, GUESS), 500);
  assert(typeof limiter.begin("2001:db8:1:aaaa::2", 0, GUESS) === "object");
  assertEquals(made(limiter, home, 100, 0), 18);
});

Deno.test("LoginLimiter remembers no network for an attempt that proved nothing", () => {
  const limiter = new LoginLimiter();
  for (const options of [GUESS, NAME]) {
    const attempt = limiter.begin("2001:db8:1:aaaa::1", 0, options);
    assert(typeof attempt === "object");
    if (options.guesses) attempt.refund(1);
    else attempt.succeeded(1);
  }
  for (let i = 0; i < 1000; i++) made(limiter, `2001:db8:1:${i.toString(16)}::1`, 20, 0);
  assertEquals(typeof limiter.begin("2001:db8:1:aaaa::1", 0, GUESS), "number");
});

/** Logs in from an address. Returns false if that is not possible now. */
function logsIn(limiter: LoginLimiter, address: string, now: number): boolean {
  const attempt = limiter.begin(address, now, GUESS);
  if (typeof attempt === "object") attempt.succeeded(1);
  return typeof attempt === "object";
}

Deno.test("LoginLimiter limits a /48 whose owner has an account in each of its networks", () => {
  const limiter = new LoginLimiter();
  const network = (i: number) => `2001:db8:1:${i.toString(16)}::1`;
  for (let i = 0; i < 1000; i++) logsIn(limiter, network(i), 0);
  let guesses = 0;
  for (let i = 0; i < 1000; i++) guesses += made(limiter, network(i), 20, 0);
  // Those of 20 networks, of which one token each has gone for the account, and of all others together.
  assertEquals(guesses, 20 * 19 + 400);
  for (let i = 0; i < 1000; i++) logsIn(limiter, network(i), 0);
  guesses = 0;
  for (let i = 0; i < 1000; i++) guesses += made(limiter, network(i), 20, 10_000);
  assertEquals(guesses, 20 + 20);
});

Deno.test("LoginLimiter keeps the networks of a /48 that guessed right first, until they are unused for a week", () => {
  const limiter = new LoginLimiter();
  const home = "2001:db8:1:aaaa::1";
  const network = (i: number) => `2001:db8:1:${i.toString(16)}::1`;
  const day = 86_400_000;
  assert(logsIn(limiter, home, 0));
  for (let i = 0; i < 100; i++) logsIn(limiter, network(i), day);
  for (let i = 0; i < 1000; i++) made(limiter, network(1000 + i), 20, day);
  assert(logsIn(limiter, home, day));
  assertEquals(logsIn(limiter, "2001:db8:1:bbbb::1", day), false);
  // All others are unused for a week, and one of them makes room.
  assert(logsIn(limiter, "2001:db8:1:bbbb::1", 9 * day));
  for (let i = 0; i < 1000; i++) made(limiter, network(1000 + i), 20, 9 * day);
  assert(logsIn(limiter, "2001:db8:1:bbbb::1", 9 * day));
});

Deno.test("LoginLimiter lets the networks of a /48 choose 4,000 names at once, then 20 a second", () => {
  const limiter = new LoginLimiter();
  const network = (i: number) => `2001:db8:1:${i.toString(16)}::1`;
  let names = 0;
  for (let i = 0; i < 10_000; i++) {
    const attempt = limiter.begin(network(i), 0, i % 2 === 0 ? NAME : GUESS);
    if (typeof attempt === "number") continue;
    attempt.refund(1);
    names++;
  }
  assertEquals(names, 4000);
  assertEquals(limiter.begin(network(20_000), 0, NAME), 50);
  assert(typeof limiter.begin("2001:db8:2::1", 0, NAME) === "object");
});
