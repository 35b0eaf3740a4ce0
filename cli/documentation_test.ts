import { assertEquals } from "../testing/assert.ts";
import { helpText, parseFlags } from "./flags.ts";

/** The facts that a reader looks up about a flag. */
interface FlagFacts {
  /** As on the command line: `-p`, `--port N`. */
  usage: string;
  variable: string;
  default: string;
  /** The values it takes. */
  takes: string;
}

/** The facts of every flag, from what the program says. */
function flagsOfProgram(): Map<string, FlagFacts> {
  const flags = new Map<string, FlagFacts>();
  const lines = helpText("").matchAll(
    /^ +(-\w)?,? +--([a-z-]+)(?: ([A-Z]+))? +.*; (?:normally|default:) (.*)$/gm,
  );
  for (const [, short, name = "", value, normally = ""] of lines) {
    const variable = `HUBBUB_${name.toUpperCase().replaceAll("-", "_")}`;
    flags.set(name, {
      usage: `${short ? `${short}, ` : ""}--${name}${value ? ` ${value}` : ""}`,
      variable,
      default: normally,
      takes: takenBy(name, variable),
    });
  }
  return flags;
}

/** The end of the error for a value that no flag takes: "--port takes …". */
function takenBy(name: string, variable: string): string {
  // A space is no file name, but one that can be read; nothing else takes it.
  for (const wrong of ["", " ", "://"]) {
    try {
      parseFlags([], (asked) => asked === variable ? wrong : undefined);
    } catch (error) {
      const { message } = error instanceof Error ? error : new Error();
      const [, takes] = /takes (.*?)(?:, received ".*")?$/.exec(message) ?? [];
      if (takes !== undefined) return takes;
    }
  }
  throw new Error(`Cannot find a value that --${name} does not take`);
}

/** The facts of every flag in the tables of docs/configuration.md. */
async function flagsOfDocument(): Promise<Map<string, FlagFacts>> {
  const text = await Deno.readTextFile(new URL("../docs/configuration.md", import.meta.url));
  const flags = new Map<string, FlagFacts>();
  for (const line of text.split("\n").filter((line) => /^\| `.*<br>/.test(line))) {
    const [, flag = "", byDefault = "", takes = ""] = line.replaceAll("`", "").split("|")
      .map((cell) => cell.trim());
    const [usage = "", variable = ""] = flag.split("<br>");
    flags.set(/--([a-z-]+)/.exec(usage)?.[1] ?? "", {
      usage,
      variable,
      default: byDefault,
      takes,
    });
  }
  return flags;
}

Deno.test("docs/configuration.md names every flag with its variable, default and range", async () => {
  assertEquals(await flagsOfDocument(), flagsOfProgram());
});

Deno.test("docs/configuration.md names every command", async () => {
  const text = await Deno.readTextFile(new URL("../docs/configuration.md", import.meta.url));
  const documented = text.matchAll(/^\| `(hubbub [a-z]+(?: FILE)?)` /gm);
  const known = helpText("").matchAll(/^ +(hubbub [a-z]+(?: FILE)?) {2}/gm);
  const commands = (found: Iterable<RegExpMatchArray>) => Array.from(found, ([, it]) => it).sort();
  assertEquals(commands(documented), commands(known));
});
