import { createLogger } from "./logger.ts";
import { assertEquals } from "../testing/assert.ts";

/** Characters that a header or a name may carry and that act on a terminal. */
const ACTIVE = "\x1b[2J\r\n\x7f\x85\x90\x9b2J\x9d0;title\x9c\u2028\u202e\u200b\u{e0001}";

for (const format of ["text", "json"] as const) {
  Deno.test(`createLogger (${format}) writes one line of visible characters, whatever it logs`, () => {
    const lines: string[] = [];
    const log = createLogger(format, (line) => lines.push(line), () => 0);
    log("origin refused", { origin: ACTIVE, address: "192.0.2.1" });
    assertEquals(lines.length, 1);
    const [line = ""] = lines;
    assertEquals(/[\p{C}\p{Zl}\p{Zp}]/u.exec(line.slice(0, -1)), null);
    assertEquals(line.at(-1), "\n");
    const json = format === "json" ? line : `{"origin":${/origin=(".*") address/.exec(line)?.[1]}}`;
    assertEquals(JSON.parse(json).origin, ACTIVE);
  });
}
