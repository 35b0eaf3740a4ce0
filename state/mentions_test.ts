import { assert, assertEquals } from "../testing/assert.ts";
import { uniqueKey } from "../people/name_keys.ts";
import { openDatabase } from "./database.ts";
import { MentionFinder } from "./mentions.ts";

/** A finder that knows people, whose ids are their names. */
function finder(...names: string[]): MentionFinder & Disposable {
  const database = openDatabase({ path: ":memory:", sync: "normal" });
  for (const name of names) {
    database.db.prepare("insert into people (id, name, key, used) values (?, ?, ?, 1)")
      .run(name, name, uniqueKey(name));
  }
  return Object.assign(new MentionFinder(database.db), {
    [Symbol.dispose]: () => database[Symbol.dispose](),
  });
}

Deno.test("MentionFinder finds the longest name, without regard to case, and where a name may end", () => {
  using names = finder("Ann", "Ann Lee", "tim", "Zoë", "張三", "x.y", "🦊");
  const cases: [text: string, found: string[]][] = [
    ["@Ann", ["Ann"]],
    ["@ANN LEE, hello", ["Ann Lee"]],
    ["@Ann Leeds", ["Ann"]],
    ["@Ann  Lee", ["Ann Lee"]],
    ["@Anna", []],
    ["@ Ann", []],
    ["@Ann's and (@Zoe\u0308)!", ["Ann", "Zoë"]],
    ["@Ann\nLee", ["Ann"]],
    ["@張三你好", ["張三"]],
    ["你好@張三", ["張三"]],
    ["你好 @張三", ["張三"]],
    ["@x.y.", ["x.y"]],
    ["@🦊🦊", ["🦊"]],
    ["ann@Ann", []],
    ["@@Ann @ann", ["Ann"]],
    ["@room and @all", ["*"]],
    ["@roommate", []],
    ["@tim @tirn @Tlm", ["tim"]],
    ["@", []],
    ["@" + "\ud800".repeat(40), []],
  ];
  for (const [text, found] of cases) assertEquals(names.find(text), found, text);
});

Deno.test("MentionFinder finds at most 50 people, and takes a short time for any text", () => {
  const many = Array.from({ length: 60 }, (_, i) => `p${i}`);
  using names = finder(...many);
  assertEquals(names.find(many.map((name) => `@${name}`).join(" ")).length, 50);
  let lookups = 0;
  const database = openDatabase({ path: ":memory:", sync: "normal" });
  const { db } = database;
  const prepare = db.prepare.bind(db);
  db.prepare = (sql) => {
    const statement = prepare(sql);
    const get = statement.get.bind(statement);
    statement.get = (...values: unknown[]) => {
      lookups++;
      // The values are those of the one statement of the finder.
      return get(...values as string[]);
    };
    return statement;
  };
  const counted = new MentionFinder(db);
  for (const text of ["@", "@a b ", "@ä.", "@張", "@a b c d e f g h i j k l m n o p "]) {
    lookups = 0;
    assertEquals(counted.find(text.repeat(16_384 / text.length)), []);
    assert(lookups <= 400, `${lookups} look-ups for ${text}`);
  }
  database[Symbol.dispose]();
});
