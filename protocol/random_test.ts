import { assert, assertEquals } from "../testing/assert.ts";
import { COMMANDS, SERVER_LINES } from "../testing/example_lines.ts";
import { type Command, parseCommand, parseLine, printLine } from "./mod.ts";
import { isRoom } from "./addresses.ts";
import { isMessageId, parseName } from "./names.ts";
import { pick, type Random, randomText, seeded } from "../testing/random.ts";

const LIMITS = { message: 100 };

Deno.test("parseCommand and parseLine never throw for 100,000 random and mutated lines", () => {
  const random = seeded(20_240_229);
  // Most errors are those of messages and names, however many other commands there are.
  const often = COMMANDS.filter(({ type }) => type === "send" || type === "name");
  const valid = [
    ...COMMANDS,
    ...COMMANDS,
    ...Array(COMMANDS.length).fill(often).flat().slice(
      0,
      COMMANDS.length,
    ),
    ...SERVER_LINES,
  ].map((line) => JSON.stringify(line));
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
    assert((seen.get(kind) ?? 0) >= 10, `${kind} was seen ${seen.get(kind) ?? 0} times`);
  }
});

/** Checks everything that the code behind the parser relies on. */
function checkCommand(command: Command, line: string): void {
  if ("room" in command) assert(isRoom(command.room), line);
  if (command.type === "send") {
    assert(isMessageId(command.id), line);
    assert(command.text.trim() !== "" || command.files !== undefined, line);
    assert(command.text.isWellFormed() && !command.text.includes("\0"), line);
    assert(new TextEncoder().encode(command.text).length <= LIMITS.message, line);
  } else if (command.type === "join" || command.type === "history") {
    const bounds = command.type === "join"
      ? [command.after ?? 0]
      : [command.before ?? command.after ?? command.at, command.limit];
    for (const bound of bounds) assert(Number.isSafeInteger(bound) && Number(bound) >= 0, line);
  } else if (command.type === "name") {
    assertEquals(parseName(command.name), { name: command.name });
  }
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

const KEYS = "type room id text name secret before after at limit __proto__ constructor".split(" ");
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
