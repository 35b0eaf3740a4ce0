import { isLoopback, networkOf, siteKey, siteOf } from "./ip_networks.ts";
import { assertEquals } from "../testing/assert.ts";

Deno.test("networkOf is an IPv4 address, or the first half of an IPv6 address", () => {
  assertEquals(networkOf("192.0.2.1"), "192.0.2.1");
  const network = networkOf("2001:db8:1:2:3:4:5:6");
  assertEquals(networkOf("2001:db8:1:2::9"), network);
  assertEquals(networkOf("2001:db8:1:2:ffff::"), network);
  assertEquals(networkOf("2001:db8:1:3::9") === network, false);
  assertEquals(networkOf("::1"), "0:0:0:0::/64");
  assertEquals(networkOf("2001:0db8:0001:0002::9"), network);
});

Deno.test("siteOf is the first 48 bits of an IPv6 address", () => {
  const site = siteOf("2001:db8:1:2:3:4:5:6");
  assertEquals([siteOf("2001:db8:1::"), siteOf("2001:db8:1:ffff::9")], [site, site]);
  assertEquals([siteOf("2001:db8:2::") === site, siteOf("192.0.2.1")], [false, undefined]);
  assertEquals(siteOf("::1"), "0:0:0::/48");
});

Deno.test("isLoopback is true for this machine's own addresses alone", () => {
  assertEquals(["127.0.0.1", "127.9.9.9", "::1"].map(isLoopback), [true, true, true]);
  assertEquals(["128.0.0.1", "::2", "12.7.0.1"].map(isLoopback), [false, false, false]);
});

Deno.test("siteKey is the site of a network or an IPv4 address, however many were asked for", () => {
  for (let i = 0; i < 70_000; i++) {
    const group = (i % 0x10000).toString(16);
    assertEquals(siteKey(`2001:db8:${group}:${i >> 16}::/64`), `2001:db8:${group}::/48`);
  }
  assertEquals(siteKey(siteKey("2001:db8::1")), "2001:db8:0::/48");
  assertEquals(siteKey("192.0.2.1"), "192.0.2.1");
});
