import { networkOf, readPeer } from "./peer.ts";
import { assertEquals } from "../testing/assert.ts";

const behind = { connection: "127.0.0.1", tls: false, trustProxy: true };

function request(headers: Record<string, string>): Request {
  return new Request("http://chat.example/", { headers });
}

Deno.test("Only a trusted proxy is believed who the client is", () => {
  const forged = request({ "X-Forwarded-For": "192.0.2.1", "X-Forwarded-Proto": "https" });
  assertEquals(readPeer(forged, { ...behind, trustProxy: false }), {
    address: "127.0.0.1",
    secure: false,
  });
  assertEquals(readPeer(forged, behind), { address: "192.0.2.1", secure: true });
});

Deno.test("Of a list the last entry counts, without port, brackets, zone or wrapping", () => {
  const cases: [forwarded: string, address: string][] = [
    ["192.0.2.1, 198.51.100.7", "198.51.100.7"],
    ["192.0.2.1,198.51.100.7:4711", "198.51.100.7"],
    ["[2001:DB8::1]:4711", "2001:db8::1"],
    ["fe80::1%eth0", "fe80::1"],
    ["::ffff:192.0.2.1", "192.0.2.1"],
    ["192.0.2.1, unknown", "127.0.0.1"],
    ["192.0.2.1,", "127.0.0.1"],
    ["", "127.0.0.1"],
  ];
  for (const [forwarded, address] of cases) {
    const peer = readPeer(request({ "X-Forwarded-For": forwarded }), behind);
    assertEquals(peer.address, address, forwarded);
  }
  const twice = request({ "X-Forwarded-Proto": "https, http" });
  assertEquals(readPeer(twice, behind).secure, false);
});

Deno.test("What is counted as one address: one of IPv4, half of one of IPv6", () => {
  assertEquals(networkOf("192.0.2.1"), "192.0.2.1");
  const network = networkOf("2001:db8:1:2:3:4:5:6");
  assertEquals(networkOf("2001:db8:1:2::9"), network);
  assertEquals(networkOf("2001:db8:1:2:ffff::"), network);
  assertEquals(networkOf("2001:db8:1:3::9") === network, false);
  assertEquals(networkOf("::1"), "0:0:0:0::/64");
});
