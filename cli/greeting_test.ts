import { greeting, lateClaim } from "./greeting.ts";
import { assertEquals } from "../testing/assert.ts";

const INTERFACES = [
  { family: "IPv4", address: "127.0.0.1" },
  { family: "IPv4", address: "192.0.2.7" },
  { family: "IPv6", address: "::1" },
  { family: "IPv6", address: "2001:db8::7" },
  { family: "IPv6", address: "fe80::7" },
] as const;

function addresses(host: string): string[] {
  const text = greeting({
    version: "1",
    scheme: "http",
    host,
    port: 80,
    interfaces: INTERFACES,
  });
  return text.trimEnd().split("\n").map((line) => line.slice(line.indexOf("http")));
}

Deno.test("greeting names localhost and all public addresses of a server that listens on all", () => {
  assertEquals(addresses("0.0.0.0"), ["http://localhost:80/", "http://192.0.2.7:80/"]);
  assertEquals(addresses("::"), [
    "http://localhost:80/",
    "http://192.0.2.7:80/",
    "http://[2001:db8::7]:80/",
  ]);
});

Deno.test("greeting names only addresses that listen", () => {
  assertEquals(addresses("127.0.0.1"), ["http://localhost:80/"]);
  assertEquals(addresses("localhost"), ["http://localhost:80/"]);
  for (const host of ["192.0.2.7", "127.0.0.2", "chat.example"]) {
    assertEquals(addresses(host), [`http://${host}:80/`]);
  }
  assertEquals(addresses("::1"), ["http://[::1]:80/"]);
});

Deno.test("greeting ends with the link for the first admin, at the address that people use", () => {
  const options = {
    version: "1",
    scheme: "https",
    host: "0.0.0.0",
    port: 80,
    interfaces: [],
  } as const;
  const lastLine = (more: { claim?: string; origin?: string }) =>
    greeting({ ...options, ...more }).trimEnd().split("\n").at(-1)?.trim();
  assertEquals(lastLine({ claim: "T" }), "https://localhost:80/#/claim/T");
  const origin = "https://chat.example";
  assertEquals(lastLine({ claim: "T", origin }), "https://chat.example/#/claim/T");
  assertEquals(lastLine({ origin })?.startsWith("Hubbub 1 listening"), true);
});

Deno.test("a claim link that is printed late has the address that the greeting would have", () => {
  const place = { scheme: "https", host: "0.0.0.0", port: 443 } as const;
  const urlOf = (text: string) => /https:\S+#\S+/.exec(text)?.[0];
  for (const origin of [undefined, "https://chat.example"]) {
    const early = urlOf(greeting({ ...place, version: "1", origin, claim: "t", interfaces: [] }));
    assertEquals(urlOf(lateClaim({ ...place, origin }, "t")), early);
    assertEquals(early, `${origin ?? "https://localhost:443"}/#/claim/t`);
  }
});
