import { fileURLToPath } from "node:url";
import { assert, assertEquals } from "../testing/assert.ts";
import { readSources } from "./import_graph.ts";
import { isTest } from "./import_rules.ts";
import { countByFolder, countComments, shareOf, typesDeclaredTwice } from "./source_rules.ts";

const sources = await readSources(fileURLToPath(new URL("..", import.meta.url)));

/** The share of doc comments that may begin with a clause: `denoland/std` has 1 %. */
const CLAUSES = 0.01;

/** A file of more lines is two things. */
const LINES = 420;

/** Names that the page and the server each have for their own side of the same thing. */
const ON_BOTH_SIDES = new Set(["Connection", "Credentials", "Outbox", "Room"]);

Deno.test("countComments counts doc comments and those that begin with a clause", () => {
  const [open, close] = ["/*" + "*", "*/"];
  const text = `
${open} What waits. ${close}
${open}
 * How it is read.
 ${close}
${open}Whoever comes. ${close}
${open} Whether it is open. ${close}
${open} Reads the rest. What follows is left. ${close}
/* What is no doc comment. */
// What is none either.
const empty = "/**/";
`;
  assertEquals(countComments(text), { all: 5, clauses: 3 });
});

Deno.test("countByFolder puts the folder with the largest share of clauses first", () => {
  const [open, close] = ["/*" + "*", "*/"];
  assertEquals(
    countByFolder(
      new Map([
        ["main.ts", `${open} Starts. ${close}`],
        ["hub/a.ts", `${open} Reads. ${close}\n${open} What is read. ${close}`],
        ["hub/b.ts", ""],
        ["lib/c.ts", `${open} How it ends. ${close}`],
      ]),
    ),
    [
      ["lib", { all: 1, clauses: 1 }],
      ["hub", { all: 2, clauses: 1 }],
      ["main.ts", { all: 1, clauses: 0 }],
    ],
  );
});

Deno.test("typesDeclaredTwice finds a name with two meanings", () => {
  const word = "export";
  const found = typesDeclaredTwice(
    new Map([
      ["a.ts", `${word} interface Place {}\n${word} type Seat = 1;`],
      [
        "b.ts",
        `${word} abstract class Place {}\ntype Seat = 2;\n${word} type { Seat } from "./a.ts";`,
      ],
    ]),
  );
  assertEquals([...found], [["Place", ["a.ts", "b.ts"]]]);
});

Deno.test("few doc comments begin with Who, What, Where, Which or How", () => {
  const folders = countByFolder(sources);
  const total = folders.reduce(
    (sum, [, { all, clauses }]) => ({ all: sum.all + all, clauses: sum.clauses + clauses }),
    { all: 0, clauses: 0 },
  );
  assert(total.all > 2000, `${total.all} doc comments were read`);
  const worst = folders.filter(([, { clauses }]) => clauses > 0).map(([folder, count]) =>
    `${folder}: ${count.clauses} of ${count.all}`
  );
  const share = shareOf(total);
  assert(
    share < CLAUSES,
    `${
      (100 * share).toFixed(1)
    } % of doc comments begin with a clause; begin with a noun or verb:\n` +
      worst.join("\n"),
  );
});

Deno.test("no file is longer than about 400 lines", () => {
  const long = [...sources].map(([path, text]) => ({ path, lines: text.split("\n").length - 1 }))
    .filter(({ lines }) => lines > LINES);
  assertEquals(long, []);
});

Deno.test("no two modules export types of the same name", () => {
  const found = [...typesDeclaredTwice(sources)].filter(([name, paths]) => {
    const page = paths.filter((path) => path.startsWith("static/")).length;
    return !(ON_BOTH_SIDES.has(name) && page === 1 && paths.length === 2);
  });
  assertEquals(found, []);
});

Deno.test("the page and what it shares use nothing of Deno", () => {
  const using = [...sources].filter(([path, text]) =>
    /^(?:protocol|static)\//.test(path) && !isTest(path) &&
    /\bDeno\.|from "(?:node|npm|jsr):/.test(text)
  );
  assertEquals(using.map(([path]) => path), []);
});
