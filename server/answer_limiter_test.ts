import { AnswerLimiter } from "./answer_limiter.ts";
import { assert, assertEquals } from "../testing/assert.ts";

/** Begins as many answers as a network may have. */
function all(limiter: AnswerLimiter, address: string): Disposable[] {
  const answers: Disposable[] = [];
  for (let answer; (answer = limiter.begin(address)) !== undefined;) answers.push(answer);
  return answers;
}

Deno.test("AnswerLimiter gives one network an eighth of the limit, and this machine half", () => {
  assertEquals(all(new AnswerLimiter(1024), "192.0.2.1").length, 128);
  assertEquals(all(new AnswerLimiter(1024), "127.0.0.1").length, 512);
});

Deno.test("AnswerLimiter charges all addresses of an IPv6 /48 together", () => {
  const limiter = new AnswerLimiter(1024);
  const hosts = Array.from({ length: 64 }, (_, i) => all(limiter, `2001:db8:1:${i}::1`));
  assertEquals(hosts.flat().length, 128);
  assertEquals(all(limiter, "2001:db8:2::1").length, 128);
});

Deno.test("AnswerLimiter answers newcomers while twenty networks leave all unread", () => {
  const limiter = new AnswerLimiter();
  for (let i = 0; i < 20; i++) all(limiter, `192.0.2.${i}`);
  assert(limiter.unfinished < 2200, `${limiter.unfinished} unfinished`);
  for (let i = 0; i < 200; i++) assertEquals(all(limiter, `198.51.100.${i}`).length, 8);
  for (let i = 0; i < 10_000; i++) all(limiter, `10.0.${i >> 8}.${i & 255}`);
  assertEquals(limiter.unfinished, 4096);
});

Deno.test("AnswerLimiter counts an answer until it is finished, once", () => {
  const limiter = new AnswerLimiter(10);
  const [first, ...others] = all(limiter, "192.0.2.1");
  first?.[Symbol.dispose]();
  first?.[Symbol.dispose]();
  assertEquals([limiter.unfinished, all(limiter, "192.0.2.1").length], [7, 1]);
  for (const answer of others) answer[Symbol.dispose]();
  assertEquals(limiter.unfinished, 1);
});
