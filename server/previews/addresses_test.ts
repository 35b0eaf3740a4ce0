import { assertEquals } from "../../testing/assert.ts";
import { addressIn, isOwnAddress, isPublicAddress, mayRead } from "./addresses.ts";

const PUBLIC = ["1.1.1.1", "8.8.8.8", "100.63.255.255", "100.128.0.1", "172.15.0.1", "172.32.0.1"]
  .concat(["192.169.0.1", "223.255.255.254", "2606:4700::1111", "2a00:1450:4001::1"]);

const OTHERS = [
  // This machine, this network, private ones.
  ...["0.0.0.0", "0.1.2.3", "127.0.0.1", "127.255.255.254", "10.0.0.1", "172.16.0.1"],
  ...["172.31.255.255", "192.168.1.1", "169.254.169.254", "100.64.0.1", "100.127.255.255"],
  // Documentation, benchmarks, relays, multicast, reserved, broadcast.
  ...["192.0.0.1", "192.0.2.1", "198.51.100.1", "203.0.113.1", "198.18.0.1", "198.19.255.255"],
  ...["192.88.99.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255"],
  // The same of IPv6.
  ...["::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12:3456::1", "fec0::1", "ff02::1"],
  ...["2001:db8::1", "3fff::1", "2001:2::1", "100::1", "5f00::1", "4000::1"],
  // Addresses of IPv4 in those of IPv6: mapped, compatible, translated, NAT64, 6to4, Teredo.
  ...["::ffff:127.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1", "::ffff:0:127.0.0.1"],
  ...["64:ff9b::7f00:1", "64:ff9b::808:808", "64:ff9b:1::a00:1", "2002:7f00:1::1", "2001::1"],
  // No addresses, or not written as one.
  ...["", "localhost", "example.com", "2130706433", "0x7f.1", "017700000001", "127.1", "8.8"],
];

Deno.test("isPublicAddress allows addresses of the public internet, and nothing else", () => {
  for (const address of PUBLIC) assertEquals(isPublicAddress(address), true, address);
  for (const address of OTHERS) assertEquals(isPublicAddress(address), false, address);
});

Deno.test("isOwnAddress knows every address of this machine, however it is written", () => {
  for (const { address } of Deno.networkInterfaces()) {
    const [own = ""] = address.split("%");
    assertEquals(isOwnAddress(own), true, own);
    assertEquals(mayRead(address), false, address);
  }
  assertEquals(isOwnAddress("0:0:0:0:0:0:0:1"), isOwnAddress("::1"));
  assertEquals(isOwnAddress("8.8.8.8"), false);
});

Deno.test("every way to write an address into a URL is checked as the address that it is", () => {
  const urls = ["http://2130706433/", "http://0x7f.1/", "http://017700000001/", "http://127.1/"];
  const more = ["http://[::ffff:127.0.0.1]/", "http://[::1]/", "http://①②⑦.0.0.1/"];
  for (const url of [...urls, ...more]) {
    const address = addressIn(new URL(url).hostname);
    assertEquals(address === undefined ? undefined : isPublicAddress(address), false, url);
  }
  assertEquals(addressIn("example.com"), undefined);
});
