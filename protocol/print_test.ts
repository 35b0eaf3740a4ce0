import { assertEquals } from "../testing/assert.ts";
import { SERVER_LINES } from "../testing/example_lines.ts";
import { printLine, printMessage } from "./print.ts";

Deno.test("printMessage prints exactly the fields of a message line", () => {
  for (const said of SERVER_LINES) {
    if (said.type !== "message") continue;
    const { room, seq, id, user, text, at, mentions, re, files } = said;
    const message = {
      ...{ room, seq, id, user, text, at },
      ...(mentions !== undefined && { mentions }),
      ...(re !== undefined && { re }),
      ...(files !== undefined && { files }),
    };
    const expected = JSON.stringify({ type: "message", ...message });
    assertEquals(printMessage(message), expected);
    const more = { ...said, user: { ...user, session: "secret" }, row: 5 };
    assertEquals(printMessage(more), expected);
    assertEquals(printLine(more), expected);
  }
});
