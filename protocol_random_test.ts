import { assert, assertEquals } from "./testing/assert.ts";
import { COMMANDS, SERVER_LINES } from "./testing/lines.ts";
import {
  type Command,
  exceedsUtf8,
  parseCommand,
  parseLine,
  printLine,
  utf8Bytes,
} from "./protocol.ts";
import { isMessageId, isRoom, parseName } from "./names.ts";

const LIMITS = { message: 100 };

Deno.test("the bytes of a text are those that an encoder makes", () => {
  const random = generator(1);
  const encoder = new TextEncoder();
  for (let i = 0; i < 2000; i++) {
    const text = randomText(random, 20);
    const bytes = encoder.encode(text).length;
    assertEquals(utf8Bytes(text), bytes, JSON.stringify(text));
    for (const limit of [0, text.length, bytes - 1, bytes, bytes + 1, text.length * 3]) {
      assertEquals(exceedsUtf8(text, limit), bytes > limit, `${JSON.stringify(text)} ${limit}`);
    }
  }
});

Deno.test("100,000 random and mutated lines give a command or an error, never an exception", () => {
  const random = generator(20_240_229);
  const valid = [...COMMANDS, ...COMMANDS, ...SERVER_LINES].map((line) => JSON.stringify(line));
  const seen = new Map<string, number>();
  for (let i = 0; i < 100_000; i++) {
    const line = randomLine(random, valid);
    const result = parseCommand(line, LIMITS);
    const kind = result.type === "error" ? result.code : result.type;
    seen.set(kind, (seen.get(kind) ?? 0) + 1);
    if (result.type === "error") {
      assert(result.message.length < 250 && (result.ref?.length ?? 0) <= 64, line);
    } else {
      checkCommand(result, line);
      assertEquals(printLine(parseCommand(printLine(result), LIMITS)), printLine(result));
    }
    const said = parseLine(line);
    if (said) {
      assertEquals(printLine(parseLine(printLine(said)) ?? { type: "rooms" }), printLine(said));
    }
  }
  // Without this, lines that are all broken in the same way would pass as well.
  const kinds =
    "join leave send history rooms typing name bad_json unknown_type bad_value bad_room " +
    "bad_name bad_id too_long empty";
  for (const kind of kinds.split(" ")) {
    assert((seen.get(kind) ?? 0) >= 20, `${kind} was seen ${seen.get(kind) ?? 0} times`);
  }
});

/** What everything behind the parser relies on. */
function checkCommand(command: Command, line: string): void {
  if ("room" in command) assert(isRoom(command.room), line);
  if (command.type === "send") {
    assert(isMessageId(command.id) && command.text.trim() !== "", line);
    assert(command.text.isWellFormed() && !command.text.includes("\0"), line);
    assert(new TextEncoder().encode(command.text).length <= LIMITS.message, line);
  } else if (command.type === "join" || command.type === "history") {
    const bounds = command.type === "join"
      ? [command.after ?? 0]
      : [command.before ?? command.after, command.limit];
    for (const bound of bounds) assert(Number.isSafeInteger(bound) && Number(bound) >= 0, line);
  } else if (command.type === "name") {
    assertEquals(parseName(command.name), { name: command.name });
  }
}

/** Mulberry32: numbers from 0 to below 1, the same for the same seed. */
function generator(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), seed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

type Random = () => number;

function pick<T>(random: Random, items: readonly T[]): T {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new Error("Cannot pick: there are no items");
  return item;
}

function randomText(random: Random, length: number): string {
  const ranges = [[0x20, 0x7e], [0, 0x1f], [0x80, 0x7ff], [0x800, 0xffff], [0xd800, 0xdfff], [
    0x10000,
    0x10ffff,
  ]] as const;
  return Array.from({ length: Math.floor(random() * length) }, () => {
    const [low, high] = pick(random, ranges);
    return String.fromCodePoint(low + Math.floor(random() * (high - low + 1)));
  }).join("");
}

function randomValue(random: Random, depth: number): unknown {
  const makers: (() => unknown)[] = [
    () => null,
    () => random() < 0.5,
    () => Math.floor(random() * 300) - 10,
    () => (random() - 0.5) * 10 ** Math.floor(random() * 300),
    () => randomText(random, 30),
    () => "x".repeat(Math.floor(random() * 200)),
    () => pick(random, ["", " ", "\n\t"]),
    () => pick(random, ["lobby", "Lobby", "m1", "m 1", "ann", "guest-1", "__proto__"]),
    () => Array.from({ length: 3 }, () => depth > 0 ? randomValue(random, depth - 1) : 0),
    () => depth > 0 ? randomFields(random, depth - 1) : {},
  ];
  return pick(random, makers)();
}

const KEYS = "type room id text name secret before after limit __proto__ constructor".split(" ");
const TYPES = "join leave send history rooms typing name hello toString".split(" ");

function randomFields(random: Random, depth: number): Record<string, unknown> {
  const entries = Array.from(
    { length: Math.floor(random() * 6) },
    () => [pick(random, KEYS), randomValue(random, depth)],
  );
  return Object.fromEntries(entries);
}

function withOneField(random: Random, line: string): string {
  const fields: Record<string, unknown> = JSON.parse(line);
  return JSON.stringify({ ...fields, [pick(random, Object.keys(fields))]: randomValue(random, 2) });
}

function randomLine(random: Random, valid: readonly string[]): string {
  const line = pick(random, valid);
  const at = Math.floor(random() * (line.length + 1));
  const makers: (() => string)[] = [
    () => line,
    () => randomText(random, 60),
    () => JSON.stringify(randomValue(random, 4)),
    () => JSON.stringify({ ...randomFields(random, 3), type: pick(random, TYPES) }),
    () => JSON.stringify({ ...JSON.parse(line), ...randomFields(random, 2) }),
    () => JSON.stringify({ ...JSON.parse(line), [pick(random, KEYS)]: randomValue(random, 2) }),
    () => withOneField(random, line),
    () => withOneField(random, line),
    () => line.slice(0, at),
    () => line.slice(at) + line.slice(0, at),
    () => line.slice(0, at) + randomText(random, 4) + line.slice(at),
    () => line.slice(0, at) + pick(random, [...'"{}[]:,0-e\\']) + line.slice(at + 1),
    () => line.slice(0, at) + pick(random, valid).slice(at),
    () => "[".repeat(at) + line + "]".repeat(at),
    () => line.replace(/\d+/, () => "9".repeat(1 + Math.floor(random() * 400))),
  ];
  return pick(random, makers)();
}
