import { assert, assertEquals } from "../testing/assert.ts";
import { COMMANDS, SERVER_LINES } from "../testing/example_lines.ts";
import { parseCommand, parseLine, printLine } from "./mod.ts";

const LIMITS = { message: 100 };

Deno.test("printLine prints every command on one line that parseCommand reads back", () => {
  for (const command of COMMANDS) {
    const line = printLine(command);
    assertEquals(parseCommand(line, LIMITS), command);
    assert(!/[\r\n]/.test(line), line);
  }
});

Deno.test("printLine prints every line of the server on one line that parseLine reads back", () => {
  for (const said of SERVER_LINES) {
    const line = printLine(said);
    assertEquals(parseLine(line), said);
    assert(!/[\r\n]/.test(line), line);
  }
});

Deno.test("parseCommand and parseLine ignore spaces around the line and unknown fields", () => {
  const command = parseCommand(
    ' {"room":"lobby", "x":{"y":[1]}, "__proto__":{"after":3}, "type":"join"}\r',
    LIMITS,
  );
  assertEquals(command, { type: "join", room: "lobby" });
  assertEquals(parseLine('{"type":"left","room":"lobby","how":null}'), {
    type: "left",
    room: "lobby",
  });
});
