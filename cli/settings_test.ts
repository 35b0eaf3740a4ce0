import { parseFlags } from "./flags.ts";
import { backendOptions, certificateFiles, serverSettings } from "./settings.ts";
import { UserError } from "../lib/user_error.ts";
import { temporaryFolder } from "../testing/folder.ts";
import { assertEquals, assertMatch, assertThrows } from "../testing/assert.ts";

function flags(...args: string[]) {
  const invocation = parseFlags(args, () => undefined);
  if (invocation.run !== "serve") throw new Error(`Expected a server, received ${invocation.run}`);
  return invocation.flags;
}

Deno.test("serverSettings carries every setting over", () => {
  const settings = serverSettings(flags(
    ...["--host", "::1", "--port", "1", "--origin", "http://a", "--trust-proxy", "--rate", "2"],
    ...["--idle-timeout", "3", "--max-clients", "4", "--max-clients-per-ip", "5"],
    ...["--max-rooms", "6", "--max-rooms-per-client", "7", "--max-message", "8"],
    ...["--max-file", "10", "--max-files", "11"],
    ...["--send-buffer", "70000", "--write-wait", "9"],
  ));
  assertEquals(settings, {
    host: "::1",
    port: 1,
    origins: ["http://a"],
    trustProxy: true,
    idleTimeout: 3000,
    maxClients: 4,
    maxClientsPerAddress: 5,
    maxRooms: 6,
    maxRoomsPerClient: 7,
    client: { maxMessage: 8, maxFile: 10, rate: 2, sendBuffer: 70_000, writeWait: 9000 },
  });
});

Deno.test("backendOptions names a file or a NATS", () => {
  const file = backendOptions(flags("--data", "a.db", "--sync", "normal", "--keep-days", "3"));
  assertEquals(file, {
    ...{ data: { path: "a.db", sync: "normal" }, keepDays: 3 },
    ...{ maxFiles: 0, maxFile: 25 * 1024 * 1024 },
  });
  const own = ["--nats-replicas", "3", "--nats-snapshot-every", "500", "--nats-file-cache", "7"];
  const nats = backendOptions(flags("--nats", "nats://a", ...own));
  assertEquals(nats.data, {
    nats: {
      url: "nats://a",
      replicas: 3,
      copy: "hubbub-copy.db",
      snapshotEvery: 500,
      fileCache: 7,
    },
  });
});

Deno.test("backendOptions reads the password file as an editor or a shell wrote it", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/password`;
  const read = (text: string) => {
    Deno.writeTextFileSync(path, text);
    return backendOptions(flags("--password-file", path)).password;
  };
  for (const text of ["sesame", "sesame\n", "sesame\r\n", "\ufeffsesame\r\n", "sesame\n\n"]) {
    assertEquals(read(text), "sesame", JSON.stringify(text));
  }
  assertEquals(read(" two words \n"), " two words ");
  assertEquals(read("é".repeat(512))?.length, 512);
  const cases: [text: string, message: RegExp][] = [
    ["", /--password-file is empty/],
    ["\ufeff\n", /--password-file is empty/],
    ["one\ntwo\n", /must have one line, received 2 lines/],
    ["\nsesame\n", /must have one line, received 2 lines/],
    ["s\0e\0s\0", /it is UTF-16; save it as UTF-8/],
    ["é".repeat(513), /may have 1024 bytes, received 1026; choose a shorter one/],
  ];
  for (const [text, message] of cases) {
    const error = assertThrows(() => read(text), UserError);
    assertEquals(error.exitCode, 2);
    assertMatch(error.message, message);
  }
  assertThrows(() => backendOptions(flags("--password", "a", "--password-file", path)), UserError);
});

Deno.test("certificateFiles takes both files or none", () => {
  assertEquals(certificateFiles(flags()), undefined);
  const both = certificateFiles(flags("--tls-cert", "a", "--tls-key", "b"));
  assertEquals(both, { cert: "a", key: "b" });
  for (const one of ["--tls-cert", "--tls-key"]) {
    const { message } = assertThrows(() => certificateFiles(flags(one, "a")), UserError);
    assertMatch(message, new RegExp(`received only ${one}$`));
  }
});
