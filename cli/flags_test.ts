import { helpText, parseFlags } from "./flags.ts";
import { UserError } from "../lib/user_error.ts";
import { assertEquals, assertMatch, assertThrows } from "../testing/assert.ts";

function parse(args: string[], variables: Record<string, string> = {}) {
  return parseFlags(args, (name) => variables[name]);
}

function serve(args: string[], variables: Record<string, string> = {}) {
  const invocation = parse(args, variables);
  if (invocation.run !== "serve") throw new Error(`Expected a server, received ${invocation.run}`);
  return invocation.flags;
}

Deno.test("parseFlags gives every flag its default", () => {
  const flags = serve([]);
  assertEquals([flags.port, flags.host, flags.data, flags.rate], [
    8000,
    "0.0.0.0",
    "hubbub.db",
    20,
  ]);
  assertEquals([flags["write-wait"], flags["idle-timeout"]], [10_000, 60_000]);
  assertEquals([flags.origin, flags["trust-proxy"], flags.nats], [[], false, ""]);
});

Deno.test("parseFlags takes the last of several values, and all values of a list", () => {
  const flags = serve([
    "-p",
    "1",
    "--port=2",
    "--origin",
    "http://a",
    "--origin",
    "https://b:443/",
  ]);
  assertEquals([flags.port, flags.origin], [2, ["http://a", "https://b"]]);
});

Deno.test("parseFlags reads variables, which flags override", () => {
  const variables = {
    HUBBUB_PORT: "9000",
    HUBBUB_ORIGIN: "http://a  https://b",
    HUBBUB_TRUST_PROXY: "1",
    HUBBUB_RATE: "nonsense",
  };
  const flags = serve(["--rate", "5"], variables);
  assertEquals([flags.port, flags.origin, flags["trust-proxy"], flags.rate], [
    9000,
    ["http://a", "https://b"],
    true,
    5,
  ]);
});

Deno.test("parseFlags names a wrong flag or variable, what it takes and what it received", () => {
  const cases: [args: string[], variables: Record<string, string>, message: RegExp][] = [
    [["--nonsense"], {}, /unknown flag "--nonsense"; see --help/],
    [["start"], {}, /unknown argument "start"; see --help/],
    [["--port", "65536"], {}, /--port takes a whole number from 0 to 65535, received "65536"/],
    [["--port"], {}, /--port takes .*, received ""/],
    [["--trust-proxy=yes"], {}, /--trust-proxy takes no value/],
    [[], { HUBBUB_TRUST_PROXY: "yes" }, /HUBBUB_TRUST_PROXY takes .* 1 or 0, received "yes"/],
    [["--origin", "http://a", "--origin", "b"], {}, /--origin takes .*, received "http:\/\/a b"/],
    [["--nats", "http://ann:precious@a"], {}, /^((?!precious).)*$/],
    [["--nats-replicas", "3"], {}, /--nats-replicas requires --nats/],
    [["export", "--nats", "a", "--data", "b"], {}, /--data is for .* file, but --nats puts/],
    [["export", "a"], {}, /Cannot export: .* no argument, received "a"/],
    [["backup"], {}, /Cannot backup: .* one FILE, received ""/],
    [["import", "a", "b"], {}, /Cannot import: .* one FILE, received "a b"/],
    [["backup", "a", "--rate", "1"], {}, /Cannot backup: --rate is for the server only/],
  ];
  for (const [args, variables, message] of cases) {
    const error = assertThrows(() => parse(args, variables), UserError);
    assertEquals(error.exitCode, 2);
    assertMatch(error.message, message);
  }
});

Deno.test("parseFlags finds commands with their flags, the help and the version", () => {
  assertEquals(parse(["--help", "--version"]).run, "help");
  assertEquals(parse(["-V"]).run, "version");
  const backup = parse(["backup", "copy.db", "--data", "chat.db"]);
  assertEquals(backup.run === "backup" && [backup.file, backup.flags.data], ["copy.db", "chat.db"]);
  const exported = parse(["export"], { HUBBUB_NATS: "nats://a", HUBBUB_PORT: "1" });
  assertEquals(exported.run === "export" && exported.flags.nats, "nats://a");
});

Deno.test("helpText has a line with its default for every flag", () => {
  const help = helpText("1.2.3");
  assertMatch(help, /^Hubbub 1\.2\.3: /);
  for (const name of Object.keys(serve([]))) {
    assertMatch(help, new RegExp(`--${name}\\b.*; default: \\S`));
  }
});

Deno.test("parseFlags puts the copy of the log in NATS beside the file of a single server", () => {
  const copy = (args: string[], variables: Record<string, string>) => {
    const invocation = parse(["--nats", "nats://a", ...args], variables);
    return invocation.run === "serve" && invocation.flags.data;
  };
  assertEquals(copy([], {}), "hubbub-copy.db");
  assertEquals(
    copy([], { HUBBUB_DATA: "/var/lib/hubbub/hubbub.db" }),
    "/var/lib/hubbub/hubbub-copy.db",
  );
  assertEquals(copy(["--data", "x.db"], { HUBBUB_DATA: "/y.db" }), "x.db");
});
