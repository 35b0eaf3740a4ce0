import { chooseProtocol, judgeHandshake, judgeOrigin } from "./handshake.ts";
import type { Peer } from "./peer.ts";
import { assertEquals, assertStringIncludes } from "../testing/assert.ts";

const HANDSHAKE: Record<string, string> = {
  "connection": "Upgrade",
  "upgrade": "websocket",
  "sec-websocket-version": "13",
  "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
};

function handshake(headers: Record<string, string | undefined> = {}, method = "GET"): Request {
  const all = new Headers(HANDSHAKE);
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined) all.delete(name);
    else all.set(name, value);
  }
  return new Request("http://chat.example/ws", { method, headers: all });
}

Deno.test("judgeHandshake accepts every legal spelling", () => {
  const spellings: Record<string, string>[] = [
    {},
    { connection: "keep-alive, Upgrade" },
    { connection: "keep-alive,UPGRADE" },
    { connection: ",\tupgrade\t,," },
    { upgrade: "WebSocket" },
    { upgrade: "h2c ,websocket" },
  ];
  for (const spelling of spellings) assertEquals(judgeHandshake(handshake(spelling)), undefined);
});

Deno.test("judgeHandshake refuses requests that RFC 6455 forbids, each with its status", () => {
  const cases: [headers: Record<string, string | undefined>, status: number][] = [
    [{ "sec-websocket-version": "8" }, 426],
    [{ "sec-websocket-version": undefined }, 426],
    [{ "sec-websocket-key": undefined }, 400],
    [{ "sec-websocket-key": "short" }, 400],
    [{ "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZZ==" }, 400],
    [{ upgrade: "h2c" }, 426],
    [{ connection: "close" }, 426],
  ];
  for (const [headers, status] of cases) {
    assertEquals(judgeHandshake(handshake(headers))?.status, status, JSON.stringify(headers));
  }
  assertEquals(judgeHandshake(handshake({}, "POST"))?.status, 400);
});

Deno.test("judgeHandshake says what to set when a proxy has dropped Upgrade", () => {
  const refusal = judgeHandshake(handshake({ upgrade: undefined, connection: "close" }));
  assertStringIncludes(refusal?.message ?? "", "forward Upgrade and Connection");
  assertEquals(refusal?.advice?.event, "upgrade refused");
  const browsed = judgeHandshake(new Request("http://chat.example/ws"));
  assertEquals([browsed?.status, browsed?.advice], [426, undefined]);
});

Deno.test("chooseProtocol finds a known subprotocol in every legal spelling", () => {
  const known = ["hubbub.v1"];
  const cases: [value: string, chosen: string | undefined][] = [
    ["hubbub.v1", "hubbub.v1"],
    ["other, hubbub.v1", "hubbub.v1"],
    ["other,hubbub.v1", "hubbub.v1"],
    [",\tother\t,,hubbub.v1 ", "hubbub.v1"],
    ["", undefined],
    [" ,", undefined],
  ];
  for (const [value, chosen] of cases) {
    assertEquals(chooseProtocol(handshake({ "sec-websocket-protocol": value }), known), chosen);
  }
  assertEquals(chooseProtocol(handshake(), known), undefined);
  const other = chooseProtocol(handshake({ "sec-websocket-protocol": "HUBBUB.V1" }), known);
  assertEquals(typeof other === "object" && other.status, 400);
});

Deno.test("judgeOrigin compares scheme, host and port", () => {
  const cases: {
    host: string;
    origin: string;
    scheme?: Peer["scheme"];
    allowed?: string[];
    ok: boolean;
  }[] = [
    { host: "chat.example", origin: "http://chat.example", ok: true },
    // A proxy that ends TLS may be in front.
    { host: "chat.example", origin: "https://chat.example", ok: true },
    { host: "Chat.Example:80", origin: "http://chat.example", ok: true },
    { host: "chat.example:8000", origin: "http://chat.example:8000", ok: true },
    { host: "chat.example:8000", origin: "http://chat.example", ok: false },
    { host: "chat.example", origin: "http://chat.example:8000", ok: false },
    { host: "chat.example", origin: "null", ok: false },
    { host: "chat.example", origin: "", ok: false },
    { host: "chat.example", origin: "ftp://chat.example", ok: false },
    { host: "chat.example", origin: "http://chat.example.evil.example", ok: false },
    { host: "chat.example", origin: "http://evil.example#chat.example", ok: false },
    { host: "", origin: "http://", ok: false },
    { host: "chat.example", origin: "https://chat.example", scheme: "https:", ok: true },
    { host: "chat.example", origin: "http://chat.example", scheme: "https:", ok: false },
    { host: "chat.example", origin: "https://chat.example", scheme: "http:", ok: false },
    { host: "[::1]:8000", origin: "http://[::1]:8000", ok: true },
    ...(["https://chat.example", "https://chat.example:8443"] as const).flatMap((origin) => [
      { allowed: [origin], host: "chat.example", origin, ok: true },
      { allowed: [origin], host: "chat.example", origin: "http://chat.example", ok: false },
      { allowed: [origin], host: "chat.example", origin: `${origin}1`, ok: false },
      { allowed: [origin], host: "evil.example", origin, ok: false },
      { allowed: [origin], host: "evil.example", origin: "http://evil.example", ok: false },
      { allowed: [origin], host: "192.0.2.1:8000", origin: "http://192.0.2.1:8000", ok: true },
      { allowed: [origin], host: "localhost:8000", origin: "http://localhost:8000", ok: true },
      { allowed: [origin], host: "localhost:8000", origin: "http://localhost:9000", ok: false },
      { allowed: [origin], host: "localhost:8000", origin, ok: true },
      { allowed: [origin], host: "localhost.evil.example", origin, ok: false },
    ]),
  ];
  for (const { host, origin, scheme, allowed = [], ok } of cases) {
    const request = handshake({ host, origin });
    const refusal = judgeOrigin(request, scheme, allowed);
    assertEquals(refusal?.status, ok ? undefined : 403, JSON.stringify({ host, origin, allowed }));
  }
});

Deno.test("judgeOrigin lets programs without an Origin connect, unless the host is foreign", () => {
  assertEquals(judgeOrigin(handshake({ host: "chat.example" }), undefined, []), undefined);
  const allowed = ["https://chat.example"];
  assertEquals(judgeOrigin(handshake({ host: "chat.example" }), undefined, allowed), undefined);
  const rebound = judgeOrigin(handshake({ host: "evil.example" }), undefined, allowed);
  assertEquals(rebound?.advice?.event, "host refused");
});

Deno.test("judgeOrigin says what to set", () => {
  const request = handshake({ host: "10.0.0.1:8000", origin: "https://chat.example" });
  const refusal = judgeOrigin(request, undefined, []);
  assertStringIncludes(refusal?.message ?? "", "--origin https://chat.example");
  assertEquals(refusal?.advice?.fields.host, "10.0.0.1:8000");
});

Deno.test("judgeOrigin limits the text that it repeats and parses", () => {
  const long = "xn--".padEnd(8000, "a");
  const refusal = judgeOrigin(handshake({ host: long, origin: `http://${long}` }), undefined, []);
  assertEquals(refusal?.status, 403);
  assertEquals((refusal?.message.length ?? 0) < 500, true);
});
