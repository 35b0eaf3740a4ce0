import { assertEquals } from "../testing/assert.ts";
import { readDevice } from "./device.ts";

function device(agent?: string): string {
  const headers = new Headers(agent === undefined ? {} : { "user-agent": agent });
  const { browser = "-", system = "-" } = readDevice({ headers });
  return `${browser} ${system}`;
}

Deno.test("readDevice tells browsers and systems apart, and nothing finer", () => {
  const webkit = "AppleWebKit/537.36 (KHTML, like Gecko)";
  const mobile = "AppleWebKit/605.1.15 (KHTML, like Gecko)";
  const agents: Record<string, string> = {
    "Firefox Linux": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "Firefox Windows": "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:1) Gecko/1 Firefox/1.0",
    "Chrome Windows": `Mozilla/5.0 (Windows NT 10.0) ${webkit} Chrome/140.0.0.0 Safari/537.36`,
    "Edge Windows": `Mozilla/5.0 (Windows NT 10.0) ${webkit} Chrome/1 Safari/1 Edg/140.0`,
    "Opera macOS": `Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) ${webkit} Chrome/1 OPR/1.0`,
    "Chrome ChromeOS": `Mozilla/5.0 (X11; CrOS x86_64 1.0) ${webkit} Chrome/1 Safari/1`,
    "Samsung Internet Android":
      `Mozilla/5.0 (Linux; Android 14; SM-S901B) ${webkit} SamsungBrowser/1 Chrome/1 Safari/1`,
    "Chrome Android": `Mozilla/5.0 (Linux; Android 10; K) ${webkit} Chrome/1 Mobile Safari/1`,
    "Safari macOS":
      `Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) ${mobile} Version/18.0 Safari/605.1.15`,
    "Safari iOS":
      `Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) ${mobile} Version/1 Safari/1`,
    "Chrome iOS":
      `Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) ${mobile} CriOS/1 Safari/1`,
    "Firefox iPadOS": `Mozilla/5.0 (iPad; CPU OS 18_0 like Mac OS X) ${mobile} FxiOS/1 Safari/1`,
    "- -": "curl/8.0",
  };
  for (const [expected, agent] of Object.entries(agents)) assertEquals(device(agent), expected);
  assertEquals(device(), "- -");
  assertEquals(device(""), "- -");
  assertEquals(device(`${"x".repeat(10_000)} Firefox/1.0`), "- -");
});
