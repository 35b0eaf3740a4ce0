/**
 * Every parser of what strangers send takes time in proportion to its length: doubling a long run of any
 * character, or of a few in turn, less than triples the time.
 */
import {
  acceptsEncoding,
  cookieOf,
  credentialsOf,
  judgeHeaders,
  listHas,
  listItems,
  listsTag,
  READ_HEADERS,
} from "../server/headers.ts";
import { readBasic, readBearer, readCookie, readLogin } from "../server/request_credentials.ts";
import { chooseProtocol, judgeHandshake, judgeOrigin } from "../server/handshake.ts";
import { readPeer } from "../server/peer.ts";
import { hostOf, judgeTarget, queryOf, rawPath, readPlain } from "../server/request.ts";
import {
  frameLines,
  isMessageId,
  isRoom,
  isSecret,
  parseCommand,
  parseName,
  parsePlain,
} from "../protocol/mod.ts";
import { isSimple } from "../protocol/fields.ts";
import { nameKey } from "../protocol/names.ts";
import { splitRooms } from "../static/state/room_links.ts";
import { parseText } from "../static/text.ts";
import { plainBlocks } from "../static/text/tree.ts";
import { assert } from "../testing/assert.ts";
import { cpuTime } from "../testing/cpu_time.ts";

/** The length of the shorter text, in characters; the longer one is as long as anything that is read. */
const LENGTH = 32 * 1024;

/** Times below this are not compared, in ms: a busy machine disturbs them. A quadratic parser takes seconds. */
const NOISE_MS = 20;
/** The runs of which the shortest counts. */
const MIN_RUNS = 5;
const MAX_RUNS = 50;

/** Texts that are repeated, alone and between two letters. */
const UNITS = [
  ...[" ", "\t", ",", ";", '"', "'", "\\", "a", "!", "=", ":", "/", ".", "-", "_", "*", "~", "`"],
  ...[
    "(",
    "[",
    "{",
    "<",
    ">",
    "]",
    "}",
    "&",
    "%",
    "@",
    "#",
    "?",
    "+",
    "0",
    "\u00e9",
    "\u0301",
    "😀",
  ],
  ...[" ,", ", ", "\t,", ",a", "a,", ' "', '",', '"a",', 'W/"a",', ";q=0,", "a;", "a=b;", "a=b&"],
  ...[
    '\\\\"',
    "a!",
    "! ",
    "a ",
    "%41",
    "::",
    "://",
    "a.",
    "1.",
    "xn--",
    "[a](",
    "![",
    "**a",
    "_a ",
    "||",
    "||a",
    "||a|| ",
    "a|\n-|\n",
    "-|\n",
    "\\|",
    "# a\n",
    "## a\n",
    "#a",
    "#/a/1 ",
  ],
];

function* textsOf(unit: string, length: number): Generator<string> {
  const run = unit.repeat(length / unit.length);
  yield run;
  yield `a${run}b`;
}

/** The time of one run, in ms. */
function time(parse: (text: string) => unknown, text: string): number {
  const start = cpuTime();
  parse(text);
  return cpuTime() - start;
}

/** The shortest times for a text and for one that is twice as long, in ms: others may use the machine meanwhile. */
function bestTimes(parse: (text: string) => unknown, short: string, long: string) {
  const best = { once: Infinity, twice: Infinity };
  for (let runs = 1; runs <= MAX_RUNS; runs++) {
    best.twice = Math.min(best.twice, time(parse, long));
    if (best.twice < NOISE_MS) break;
    best.once = Math.min(best.once, time(parse, short));
    // More of them only where these differ as those of a parser that is not linear.
    if (runs >= MIN_RUNS && best.twice < 3 * best.once) break;
    // Neither is a very long run noise.
    if (best.twice > 500) break;
  }
  return best;
}

function checkLinear(name: string, parse: (text: string) => unknown, length = LENGTH): void {
  for (const unit of UNITS) {
    const long = [...textsOf(unit, 2 * length)];
    [...textsOf(unit, length)].forEach((text, i) => {
      const { once, twice } = bestTimes(parse, text, long[i] ?? "");
      assert(
        twice < NOISE_MS || twice < 3 * once,
        `${name}: ${JSON.stringify(unit)} takes ${once} ms for ${length} characters, ` +
          `and ${twice} ms for twice as many`,
      );
    });
  }
}

/** Parses a value of a header as the server does; a value that no header can have is no request. */
function request(header: string, value: string): Request | undefined {
  try {
    return new Request("http://chat.example/ws", { headers: { [header]: value } });
  } catch {
    return undefined;
  }
}

Deno.test("parsers of header values take linear time", () => {
  checkLinear("listItems", listItems);
  checkLinear("listHas", (text) => listHas(text, "upgrade"));
  checkLinear("acceptsEncoding", (text) => acceptsEncoding(text, "br"));
  checkLinear("listsTag", (text) => listsTag(text, '"tag"'));
  for (const scheme of ["basic", "bearer"]) {
    checkLinear("credentialsOf", (text) => credentialsOf(`${scheme} ${text}`, scheme));
  }
  checkLinear("cookieOf", (text) => cookieOf(text, "session"));
});

Deno.test("parsers of requests take linear time for each header that is read", () => {
  const peer = { connection: "192.0.2.1", tls: false, trustProxy: true };
  const parse = (request: Request): void => {
    judgeHeaders(request.headers);
    judgeHandshake(request);
    chooseProtocol(request, ["hubbub.v1"]);
    judgeOrigin(request, undefined, ["https://chat.example"]);
    judgeOrigin(request, undefined, []);
    readPeer(request, peer);
    readCookie(request, "session");
    readBasic(request);
    readBearer(request);
  };
  for (const header of READ_HEADERS) {
    for (const prefix of header === "authorization" ? ["Basic ", "Bearer "] : [""]) {
      checkLinear(header, (text) => {
        const made = request(header, prefix + text);
        if (made) parse(made);
      });
    }
  }
});

Deno.test("parsers of targets and queries take linear time", () => {
  for (const before of ["", "?", "?room=", "?name=", "?history=", "?room=lobby&"]) {
    checkLinear(`target ${before}`, (text) => {
      const made = new Request("http://chat.example/");
      Object.defineProperty(made, "url", { value: `http://chat.example/ws${before}${text}` });
      judgeTarget(made);
      hostOf(made);
      rawPath(made);
      readPlain(queryOf(made));
    });
  }
});

Deno.test("parsers of lines, names, rooms and ids take linear time", () => {
  const limits = { message: 65_536 };
  checkLinear("parseCommand", (text) => parseCommand(text, limits));
  for (const field of ["text", "id", "room", "name", "secret", "type"]) {
    const fields = { type: "send", room: "lobby", id: "a", name: "a" };
    checkLinear(`parseCommand ${field}`, (text) => {
      for (const type of ["send", "name", "join"]) {
        parseCommand(JSON.stringify({ ...fields, type, [field]: text }), limits);
      }
    });
  }
  checkLinear("frameLines", (text) => frameLines(text.replaceAll("a", "\n")));
  checkLinear("parsePlain", parsePlain);
  checkLinear("parseName", parseName);
  checkLinear("nameKey", (text) => nameKey(text.slice(0, 256)));
  for (const is of [isRoom, isSecret, isMessageId]) checkLinear(is.name, is);
});

Deno.test("the page's parser of Markdown takes linear time", () => {
  // The longest message is shorter.
  checkLinear("parseText", parseText, 8 * 1024);
  checkLinear("plainBlocks", (text) => plainBlocks(parseText(text), "-"), 8 * 1024);
  const known = new Set(["lobby"]);
  checkLinear("splitRooms", (text) => splitRooms(text, known));
});

Deno.test("readLogin takes linear time", async () => {
  for (const type of ["application/json", "application/x-www-form-urlencoded"]) {
    for (const unit of UNITS) {
      for (const text of textsOf(unit, 8000 / 2)) {
        for (const body of [text, JSON.stringify({ name: text }), `name=${text}`]) {
          const start = cpuTime();
          await readLogin(
            new Request("http://chat.example/login", {
              method: "POST",
              headers: { "content-type": type },
              body,
            }),
          );
          assert(
            cpuTime() - start < 100,
            `${type}: ${JSON.stringify(unit)} takes too long`,
          );
        }
      }
    }
  }
});

/** JSON of a length with as many parts as fit, each with a key that no other has: the most expensive to parse. */
const COSTLY: Record<string, (length: number, salt: number) => string> = {
  objects: (length, salt) => `[${many(length, (i) => `{"k${salt + i}":1}`)}]`,
  fields: (length, salt) => `{"b":1,${many(length, (i) => `"k${salt + i}":1`)}}`,
  arrays: (length) => "[".repeat(length / 2) + "]".repeat(length / 2),
};

function many(length: number, part: (i: number) => string): string {
  return Array.from({ length: length / 12 }, (_, i) => part(i)).join(",");
}

function timeOf(lines: readonly string[], read: (line: string) => void): number {
  const start = cpuTime();
  for (const line of lines) read(line);
  return cpuTime() - start;
}

for (const [what, make] of Object.entries(COSTLY)) {
  Deno.test(`parseCommand refuses ${what} of unknown keys before they cost time`, () => {
    let salt = 0;
    const lines = Array.from({ length: 20 }, () => {
      return `{"type":"typing","room":"x","a":${make(60_000, salt += 10_000)}}`;
    });
    const refused = timeOf(lines, (line) => {
      const { type } = parseCommand(line, { message: 65_536 });
      assert(type === "error", `${type} was accepted`);
    });
    const parsed = timeOf(lines, JSON.parse);
    assert(refused < parsed / 3, `${refused} ms to refuse what takes ${parsed} ms to parse`);
  });
}

Deno.test("isSimple counts the parts outside of strings, whatever the strings contain", () => {
  const text = JSON.stringify("[{,".repeat(100) + '\\"\\\\');
  assert(isSimple(`{"type":"send","text":${text},"id":"a"}`));
  assert(isSimple(`{"a":0${',"a":0'.repeat(31)}}`));
  assert(!isSimple(`{"a":0${',"a":0'.repeat(32)}}`));
  assert(!isSimple(`{"text":${text},"a":${"[".repeat(32)}0${"]".repeat(32)}}`));
  assert(isSimple('"\\'));
});

Deno.test("isSimple lets a list have more items, and nothing in them or behind them", () => {
  const list = (items: number, item = "0") => `[${Array(items).fill(item).join(",")}]`;
  for (const items of ["0", '"[{,"']) {
    assert(isSimple(`{"a":${list(129, items)},"b":1}`));
    assert(!isSimple(`{"a":${list(130, items)}}`));
    assert(!isSimple(`{"a":${list(66, items)},"b":${list(66, items)}}`));
  }
  assert(!isSimple(`{"a":${list(17, '{"b":0}')}}`));
  assert(!isSimple(`{"a":${list(17, "[0]")}}`));
  assert(!isSimple(`{"a":[{"a":0${',"a":0'.repeat(32)}}]}`));
  assert(!isSimple(`{"a":[0]${',"a":0'.repeat(32)}}`));
});
