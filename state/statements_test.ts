import { assertEquals, assertMatch } from "../testing/assert.ts";
import { ATTACHMENT_SQL } from "./attachment_table.ts";
import { openDatabase } from "./database.ts";
import { FILE_READERS_SQL } from "./file_readers.ts";

/** The statements of every part of the state: those that its modules export as `…_SQL`. */
const STATEMENTS: [string, string][] = [];
for (const folder of [".", "./kinds", "./actions"]) {
  for (const { name } of Deno.readDirSync(new URL(`${folder}/`, import.meta.url))) {
    if (!name.endsWith(".ts") || name.endsWith("_test.ts")) continue;
    const module: Record<string, unknown> = await import(`${folder}/${name}`);
    for (const [key, statements] of Object.entries(module)) {
      if (!key.endsWith("_SQL")) continue;
      for (const [name, sql] of Object.entries(statements ?? {})) {
        STATEMENTS.push([name, String(sql)]);
      }
    }
  }
}

/** Statements that read a whole table, which is small, and only when messages, rooms or people are removed. */
const SMALL: Readonly<Record<string, string>> = {
  together: "erasure",
  nextNamed: "erasure",
  unname: "erasure",
  unmention: "erasure",
  finishErasures: "erasure",
  same: "removal",
  removals: "removal",
  openRemovals: "removal",
  takeTurn: "removal",
  lowerRemovals: "removal",
  endRemovals: "removal",
  removeLinks: "link",
  unnameReports: "report",
  free: "former_key",
};

Deno.test("every statement finds its rows by an index", () => {
  using database = openDatabase({ path: ":memory:", sync: "normal" });
  const { db } = database;
  // They read the one row of a table; or as many entries as there are rooms, counted after a restart.
  const whole = [
    "probe",
    "progress",
    "advance",
    "store",
    "isThere",
    "set",
    "raise",
    "roomCount",
    "guests",
    "edits",
    "deletedRooms",
    "deletedAccounts",
    "isErasing",
    "census",
    "openReports",
    "networkBans",
    "queueLength",
    "clearQueue",
    "queueReader",
    "setQueueReader",
    "gone",
    "total",
    "addTotal",
  ];
  for (const [name, sql] of STATEMENTS) {
    if (whole.includes(name) || /^insert .* values/.test(sql.trim())) continue;
    const plan = db.prepare(`explain query plan ${sql}`).all().map((row) => row.detail);
    // A subquery has the rows that its own search found, up to its limit.
    const scans = plan.filter((detail) => /^SCAN (?!\(subquery)|TEMP B-TREE/.test(String(detail)));
    const allowed = name === "rooms"
      ? ["SCAN room USING INDEX room_by_minute", "USE TEMP B-TREE FOR LAST TERM OF ORDER BY"]
      : ["access", "newRooms", "isValid"].includes(name)
      ? ["SCAN CONSTANT ROW"]
      : name === "readers" || name === "countRooms"
      ? ["SCAN named", "SCAN named"]
      : name === "readersAmong"
      ? ["SCAN asked VIRTUAL TABLE INDEX 1:"]
      : name === "nextJob"
      ? ["SCAN job"]
      : name === "nextRemoval"
      ? ["SCAN removal", "SCAN other", "USE TEMP B-TREE FOR ORDER BY"]
      : name === "nextErasure"
      ? ["SCAN erasure", "USE TEMP B-TREE FOR ORDER BY"]
      : ["joinPass", "listed", "quiet"].includes(name)
      ? ["USE TEMP B-TREE FOR ORDER BY"]
      : name in SMALL
      ? [`SCAN ${SMALL[name]}`]
      : name === "forgetRuns" || name === "older"
      ? ["SCAN run"]
      : [];
    assertEquals<unknown[]>(scans, allowed, `${name}: ${plan.join("; ")}`);
  }
});

Deno.test("every statement for a range reads nothing beyond its ends", () => {
  using database = openDatabase({ path: ":memory:", sync: "normal" });
  for (const [name, sql] of STATEMENTS) {
    const ranges = sql.match(/\bbetween\b/g) ?? [];
    if (ranges.length === 0) continue;
    const plan = database.db.prepare(`explain query plan ${sql}`).all()
      .map(({ detail }) => detail).join("; ");
    const searches = plan.match(/>\? AND \w+<\?/g) ?? [];
    assertEquals(searches.length, ranges.length, `${name}: ${plan}`);
  }
});

Deno.test("the files of a report are looked for from the reports that an admin has opened", () => {
  using database = openDatabase({ path: ":memory:", sync: "normal" });
  const { reported } = FILE_READERS_SQL;
  const [first, ...rest] = database.db.prepare(`explain query plan ${reported}`).all();
  assertMatch(String(first?.detail), /^SEARCH report_viewer .*\(person=\?\)$/);
  assertEquals(rest.length, 2);
});

Deno.test("the bytes that a person has uploaded are added up in an index alone", () => {
  using database = openDatabase({ path: ":memory:", sync: "normal" });
  const plan = database.db.prepare(`explain query plan ${ATTACHMENT_SQL.uploaded}`).all();
  assertEquals(plan.map(({ detail }) => detail), [
    "SEARCH attachment USING COVERING INDEX attachment_by_person (person=? AND at>?)",
  ]);
});
