import { Assets } from "./server/assets.ts";
import { type Backend, type BackendEvents, openBackend } from "./server/backend.ts";
import { type Certificate, CertificateError, readCertificate } from "./server/certificate.ts";
import { ClusterError } from "./nats/cluster_error.ts";
import { runCommand } from "./cli/commands.ts";
import config from "./deno.json" with { type: "json" };
import { exit } from "./cli/exit.ts";
import { FlagError, type Flags, helpText, type Invocation, parseFlags } from "./cli/flags.ts";
import { createLogger, type Logger } from "./lib/logger.ts";
import { keepFreedMemory } from "./lib/memory.ts";
import { Server } from "./server/server.ts";
import { StoreError } from "./sqlite/database.ts";

function readCommandLine(): Invocation {
  try {
    return parseFlags(Deno.args, (name) => Deno.env.get(name));
  } catch (error) {
    if (error instanceof FlagError) exit(2, error.message);
    throw error;
  }
}

function loadPage(): Assets {
  try {
    return Assets.load(new URL("./dist/page/", import.meta.url));
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    exit(1, "Cannot start: the page is not built; run `deno task build`");
  }
}

function readPassword(flags: Flags): string {
  const file = flags["password-file"];
  if (file === "") return flags.password;
  if (flags.password !== "") exit(2, "Cannot start: give --password or --password-file, not both");
  try {
    const password = Deno.readTextFileSync(file).replace(/\r?\n$/, "");
    if (password !== "") return password;
    exit(2, "Cannot start: --password-file takes a file with a password, received an empty one");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    exit(2, `Cannot start: --password-file takes a file that can be read: ${reason}`);
  }
}

async function openData(flags: Flags, events: BackendEvents): Promise<Backend> {
  try {
    return await openBackend({ ...flags, password: readPassword(flags) }, events);
  } catch (error) {
    if (error instanceof FlagError) exit(2, error.message);
    if (error instanceof StoreError || error instanceof ClusterError) exit(1, error.message);
    throw error;
  }
}

function openCertificate(flags: Flags): Certificate | undefined {
  try {
    return readCertificate(flags);
  } catch (error) {
    if (error instanceof CertificateError) exit(2, error.message);
    throw error;
  }
}

async function start(flags: Flags, log: Logger): Promise<Server> {
  const certificate = openCertificate(flags);
  const assets = loadPage();
  let server: Server | undefined;
  const backend = await openData(flags, { log, nameLost: (person) => server?.nameLost(person) });
  try {
    server = new Server({ flags, assets, backend, certificate, version: config.version, log });
    return server;
  } catch (error) {
    const where = `${flags.host}, port ${flags.port}`;
    if (error instanceof Deno.errors.AddrInUse) {
      exit(1, `Cannot listen on ${where}: it is in use; choose another with --port`);
    }
    exit(1, `Cannot listen on ${where}: ${error instanceof Error ? error.message : error}`);
  }
}

/** Where other people's browsers find a server that listens on `host`. */
function publicAddresses(host: string): string[] {
  if (host === "localhost" || /^127\.|^::1$/.test(host)) return [];
  if (host !== "0.0.0.0" && host !== "::") return [host];
  return Deno.networkInterfaces()
    .filter(({ family, address }) => family === "IPv4" || (host === "::" && !/^fe80/.test(address)))
    .map(({ address }) => address)
    .filter((address) => !/^127\.|^::1$/.test(address));
}

function announce(flags: Flags, port: number): void {
  const scheme = flags["tls-cert"] === "" ? "http" : "https";
  console.log(`Hubbub ${config.version} listening on ${scheme}://localhost:${port}/`);
  for (const address of publicAddresses(flags.host)) {
    console.log(`  ${scheme}://${address.includes(":") ? `[${address}]` : address}:${port}/`);
  }
}

/** A Ctrl+C reaches the program from the terminal, and again from each launcher that hands it on. */
const SAME_SIGNAL_MS = 300;

function drainOnSignal(server: Server): void {
  let firstAt: number | undefined;
  const onSignal = async () => {
    const now = performance.now();
    if (firstAt !== undefined && now - firstAt < SAME_SIGNAL_MS) return;
    if (firstAt !== undefined) Deno.exit(1);
    firstAt = now;
    await server.drain();
    Deno.exit(0);
  };
  Deno.addSignalListener("SIGINT", onSignal);
  if (Deno.build.os !== "windows") Deno.addSignalListener("SIGTERM", onSignal);
}

function renewOnSignal(server: Server, flags: Flags, log: Logger): void {
  if (flags["tls-cert"] === "") return;
  Deno.addSignalListener("SIGHUP", () => {
    try {
      const certificate = readCertificate(flags);
      if (certificate) server.renew(certificate);
    } catch (error) {
      // The one in use is still good.
      log("certificate not renewed", { error: error instanceof Error ? error.message : "" });
    }
  });
}

async function serve(flags: Flags): Promise<void> {
  keepFreedMemory();
  const log = createLogger(flags.log);
  const server = await start(flags, log);
  drainOnSignal(server);
  renewOnSignal(server, flags, log);
  announce(flags, server.port);
}

async function run(invocation: Exclude<Invocation, { run: "serve" }>): Promise<void> {
  switch (invocation.run) {
    case "help":
      return console.log(helpText(config.version));
    case "version":
      return console.log(`Hubbub ${config.version}`);
    default:
      return await runCommand(invocation);
  }
}

if (import.meta.main) {
  const invocation = readCommandLine();
  if (invocation.run === "serve") {
    await serve(invocation.flags);
  } else {
    await run(invocation);
    Deno.exit(0);
  }
}
