import { type Peer, readPeer } from "./peer.ts";
import { assert, assertEquals } from "../testing/assert.ts";
import { cpuTime } from "../testing/cpu_time.ts";

const behind = { connection: "127.0.0.1", tls: false, trustProxy: true };

function request(...headers: [name: string, value: string][]): Request {
  return new Request("http://chat.example/", { headers });
}

Deno.test("readPeer believes only a trusted proxy", () => {
  const forged = request(["X-Forwarded-For", "192.0.2.1"], ["X-Forwarded-Proto", "https"]);
  assertEquals<Peer>(readPeer(forged, { ...behind, trustProxy: false }), {
    address: "127.0.0.1",
    scheme: undefined,
    claimed: "192.0.2.1",
  });
  assertEquals<Peer>(readPeer(forged, behind), { address: "192.0.2.1", scheme: "https:" });
});

Deno.test("readPeer knows the scheme from TLS and from the last entry of X-Forwarded-Proto", () => {
  const cases: [forwarded: string[], scheme: Peer["scheme"]][] = [
    [[], undefined],
    [[""], undefined],
    [["https"], "https:"],
    [["WSS"], "https:"],
    [["http"], "http:"],
    [["ws"], "http:"],
    [["nonsense"], "http:"],
    [["https, http"], "http:"],
    [["https", "http"], "http:"],
    [["http\t,\thttps ,, "], "https:"],
  ];
  for (const [forwarded, scheme] of cases) {
    const headers = forwarded.map((value): [string, string] => ["X-Forwarded-Proto", value]);
    assertEquals(readPeer(request(...headers), behind).scheme, scheme, String(forwarded));
  }
  assertEquals(readPeer(request(), { ...behind, trustProxy: false, tls: true }).scheme, "https:");
});

Deno.test("readPeer takes the last entry of X-Forwarded-For, without port, brackets or zone", () => {
  const cases: [forwarded: string[], address: string][] = [
    [["192.0.2.1, 198.51.100.7"], "198.51.100.7"],
    [["192.0.2.1,198.51.100.7:4711"], "198.51.100.7"],
    [["192.0.2.1", "198.51.100.7"], "198.51.100.7"],
    [["[2001:DB8::1]:4711"], "2001:db8::1"],
    [["\t2001:db8::1\t"], "2001:db8::1"],
    [["fe80::1%eth0"], "fe80::1"],
    [["::ffff:192.0.2.1"], "192.0.2.1"],
    [["::FFFF:c000:0201"], "192.0.2.1"],
    [["0:0:0:0:0:ffff:192.0.2.1"], "192.0.2.1"],
    [["[::ffff:c000:201]:4711"], "192.0.2.1"],
    [["0:0:0:0:0:0:0:1"], "::1"],
    [["2001:0db8:0:0:0:0:0:1"], "2001:db8::1"],
    [["::192.0.2.1"], "::c000:201"],
    [["192.0.2.010"], "127.0.0.1"],
    [["1:2:3:4:5:6:7:8:9"], "127.0.0.1"],
    [["192.0.2.1, unknown"], "127.0.0.1"],
    [["192.0.2.1,"], "192.0.2.1"],
    [["192.0.2.1, ,"], "192.0.2.1"],
    [[","], "127.0.0.1"],
    [[" , ,\t"], "127.0.0.1"],
    [[""], "127.0.0.1"],
    // These requests are refused; whose they are counts for the limits.
    [[`${",".repeat(60_000)}192.0.2.1 , `], "192.0.2.1"],
    [[`192.0.2.1${",".repeat(60_000)}`], "127.0.0.1"],
  ];
  for (const [forwarded, address] of cases) {
    const headers = forwarded.map((value): [string, string] => ["X-Forwarded-For", value]);
    assertEquals(
      readPeer(request(...headers), behind).address,
      address,
      String(forwarded).slice(0, 50),
    );
  }
});

Deno.test("readPeer keeps apart the claims of a proxy that is on this machine, but not trusted", () => {
  const from = (connection: string, forwarded: string): Peer =>
    readPeer(request(["X-Forwarded-For", forwarded]), {
      connection,
      tls: false,
      trustProxy: false,
    });
  const local = { address: "127.0.0.1", scheme: undefined };
  assertEquals(from("127.0.0.1", ""), local);
  assertEquals(from("127.0.0.1", "192.0.2.66, 192.0.2.1:9"), { ...local, claimed: "192.0.2.1" });
  assertEquals(from("127.0.0.1", "nobody"), local);
  assertEquals(from("192.0.2.7", "192.0.2.1"), { address: "192.0.2.7", scheme: undefined });
});

Deno.test("readPeer looks only at the end of what a client made up", () => {
  for (const made of [",", "a,", "1, "]) {
    const value = made.repeat(60_000 / made.length) + "192.0.2.1";
    for (const name of ["X-Forwarded-For", "X-Forwarded-Proto"]) {
      const long = request([name, value]);
      readPeer(long, behind);
      const start = cpuTime();
      for (let i = 0; i < 100; i++) readPeer(long, behind);
      const took = (cpuTime() - start) / 100;
      assert(took < 0.5, `${name} of ${JSON.stringify(made)}: ${took} ms`);
    }
  }
});
