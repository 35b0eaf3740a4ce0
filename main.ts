import { Assets } from "./assets.ts";
import { type Backend, openBackend } from "./backend.ts";
import config from "./deno.json" with { type: "json" };
import { FlagError, type Flags, helpText, parseFlags } from "./flags.ts";
import { createLogger } from "./logger.ts";
import { Server } from "./server.ts";
import { StoreError } from "./store.ts";

/** Ends the program with one line for the user. */
function exit(code: number, line: string): never {
  console.error(line);
  Deno.exit(code);
}

function readFlags(): Flags {
  try {
    const invocation = parseFlags(Deno.args, (name) => Deno.env.get(name));
    if (invocation.run === "serve") return invocation.flags;
    console.log(
      invocation.run === "help" ? helpText(config.version) : `Hubbub ${config.version}`,
    );
    Deno.exit(0);
  } catch (error) {
    if (error instanceof FlagError) exit(2, error.message);
    throw error;
  }
}

async function loadPage(): Promise<Assets> {
  try {
    return await Assets.load(new URL("./dist/page/", import.meta.url));
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

async function openData(flags: Flags): Promise<Backend> {
  try {
    return await openBackend({ ...flags, password: readPassword(flags) });
  } catch (error) {
    if (error instanceof StoreError) exit(1, error.message);
    throw error;
  }
}

function start(flags: Flags, assets: Assets, backend: Backend): Server {
  try {
    const { version } = config;
    return new Server({ flags, assets, backend, version, log: createLogger(flags.log) });
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
  console.log(`Hubbub ${config.version} listening on http://localhost:${port}/`);
  for (const address of publicAddresses(flags.host)) {
    console.log(`  http://${address.includes(":") ? `[${address}]` : address}:${port}/`);
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

if (import.meta.main) {
  const flags = readFlags();
  const assets = await loadPage();
  const server = start(flags, assets, await openData(flags));
  drainOnSignal(server);
  announce(flags, server.port);
}
