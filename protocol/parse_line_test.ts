import { assertEquals } from "../testing/assert.ts";
import { SERVER_LINES } from "../testing/example_lines.ts";
import { parseLine } from "./parse_line.ts";

const OPTIONAL: Partial<Record<string, string[]>> = {
  error: ["ref", "retry"],
  left: ["why"],
  joined: ["role", "changed", "moreChanged"],
  ok: ["id"],
  link: ["id"],
  invites: ["id"],
  hello: ["muted", "undisturbed"],
  you: ["muted", "undisturbed"],
  sessions: ["id"],
  message: ["mentions", "re", "files"],
  changed: ["by", "id", "rev"],
  changes: ["id"],
  deleted: ["by"],
  removed: ["id"],
  reactions: ["id", "next"],
  pins: ["id", "next"],
  picture: ["picture"],
  pictures: ["id"],
  room: ["from", "role", "kind", "title", "archived", "people"],
  people: ["id", "next"],
  bans: ["id", "next"],
  audit: ["id"],
  reports: ["id", "next"],
  members: ["id", "next"],
  member: ["by"],
  created: ["id"],
  directory: ["id", "next"],
  profile: ["id"],
  found: ["id", "next"],
  files: ["id"],
  inbox: ["id", "next"],
};

Deno.test("parseLine refuses a line with a field missing or of another type", () => {
  for (const said of SERVER_LINES) {
    const optional = OPTIONAL[said.type] ?? [];
    for (const key of Object.keys(said)) {
      const without: Record<string, unknown> = { ...said };
      delete without[key];
      const read = parseLine(JSON.stringify(without));
      assertEquals(read !== undefined, optional.includes(key), `${said.type} without ${key}`);
      for (const other of [null, -1, [null], [{}], {}, { id: "p1" }]) {
        const line = JSON.stringify({ ...said, [key]: other });
        assertEquals(parseLine(line), undefined, line);
      }
    }
  }
  for (const line of ["", "{", "null", "[]", "7", '{"type":"join","room":"lobby"}', "{}"]) {
    assertEquals(parseLine(line), undefined, line);
  }
});
