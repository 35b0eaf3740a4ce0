import { networkOf } from "./ip_networks.ts";
import { NetworkMemory } from "./network_memory.ts";
import { assert, assertEquals } from "../testing/assert.ts";

const MIB = 1024 * 1024;
const PART = MIB / 2;

/** Takes parts until there are none left. Returns their number. */
function all(memory: NetworkMemory, network: string): number {
  let parts = 0;
  while (memory.take(network, PART)) parts++;
  return parts;
}

Deno.test("NetworkMemory gives one network an eighth of the limit, and this machine half", () => {
  assertEquals(all(new NetworkMemory(256 * MIB), "192.0.2.1"), 64);
  assertEquals(all(new NetworkMemory(256 * MIB), "127.0.0.1"), 256);
  assertEquals(all(new NetworkMemory(256 * MIB), networkOf("::1")), 256);
});

Deno.test("NetworkMemory charges all addresses of an IPv6 /48 together", () => {
  const memory = new NetworkMemory(256 * MIB);
  assertEquals(all(memory, "2001:db8::"), 64);
  assertEquals(all(memory, "2001:db8:0:1::"), 0);
});

Deno.test("NetworkMemory has some for newcomers while forty networks take all they get", () => {
  const memory = new NetworkMemory(256 * MIB);
  for (let i = 0; i < 40; i++) all(memory, `198.51.100.${i}`);
  assert(memory.total <= 168 * MIB, `${memory.total / MIB} MiB`);
  for (let i = 0; i < 80; i++) assertEquals(all(memory, `203.0.113.${i}`), 2);
});

Deno.test("NetworkMemory counts what networks share once, and for each of them", () => {
  const memory = new NetworkMemory(256 * MIB);
  const networks = Array.from({ length: 200 }, (_, i) => `192.0.2.${i}`);
  for (const [i, network] of networks.entries()) {
    assert(memory.take(network, 4 * MIB, i === 0 ? 4 * MIB : 0), network);
  }
  assertEquals(memory.total, 4 * MIB);
  assert(!memory.take("192.0.2.0", 29 * MIB, 0), "more than its own part");
  for (const [i, network] of networks.entries()) {
    memory.give(network, 4 * MIB, i === 199 ? 4 * MIB : 0);
  }
  assertEquals([memory.total, all(memory, "192.0.2.0")], [0, 64]);
});
