import { Assets } from "./server/assets.ts";
import { openBackend } from "./server/backend.ts";
import { type CertificateFiles, readCertificate } from "./server/certificate.ts";
import { runCommand } from "./cli/commands.ts";
import config from "./deno.json" with { type: "json" };
import { type Flags, helpText, type Invocation, parseFlags } from "./cli/flags.ts";
import { greeting, lateClaim } from "./cli/greeting.ts";
import { handleSignals, ignoreMeaninglessSignals } from "./cli/signals.ts";
import { backendOptions, certificateFiles, serverSettings } from "./cli/settings.ts";
import { oneLine } from "./lib/errors.ts";
import { LineWriter } from "./lib/line_writer.ts";
import { createLogger, type Logger } from "./lib/logger.ts";
import { keepFreedMemory } from "./lib/memory.ts";
import { UserError } from "./lib/user_error.ts";
import { Server } from "./server/server.ts";
import type { ServerSettings } from "./server/settings.ts";

function loadPage(): Assets {
  try {
    return Assets.load(new URL("./dist/page/", import.meta.url));
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new UserError("Cannot start: the page is not built; run `deno task build`");
  }
}

async function start(
  flags: Flags,
  files: CertificateFiles | undefined,
  log: Logger,
): Promise<Server> {
  const settings = serverSettings(flags);
  const certificate = files && readCertificate(files);
  const assets = loadPage();
  let server: Server | undefined;
  const options = backendOptions(flags);
  const open = (again: boolean) =>
    openBackend({ ...options, version: config.version, again }, {
      log,
      nameLost: (person) => server?.nameLost(person),
      sessionEnded: (session) => server?.sessionEnded(session),
      condition: () => server?.checkData(),
    });
  const backend = await open(false);
  try {
    server = new Server({
      settings,
      assets,
      backend,
      openBackend: () => open(true),
      certificate,
      version: config.version,
      log,
      droppedLogLines: () => stderr.dropped,
    });
  } catch (error) {
    throw listenError(settings, error);
  }
  return server;
}

function listenError({ host, port }: ServerSettings, error: unknown): UserError {
  const reason = error instanceof Deno.errors.AddrInUse
    ? "it is in use; choose another with --port"
    : error instanceof Deno.errors.AddrNotAvailable
    ? "this machine does not have this address; choose another with --host"
    : error instanceof Deno.errors.PermissionDenied && port < 1024
    ? "ports below 1024 require elevated privileges; choose another with --port"
    : oneLine(error);
  return new UserError(`Cannot listen on ${host}, port ${port}: ${reason}`, { cause: error });
}

/** Characters of log lines that may wait for a slow reader of stderr. */
const LOG_CAPACITY = 256 * 1024;
/** Time for the last lines to be read when the program ends, in ms. */
const FLUSH_MS = 500;

// Neither may block the chat, even if nobody reads them.
const stdout = new LineWriter({ sink: Deno.stdout, capacity: LOG_CAPACITY });
const stderr = new LineWriter({ sink: Deno.stderr, capacity: LOG_CAPACITY });

/** Ends the program, with time for the last lines of the log. */
async function exit(code: number): Promise<never> {
  await stderr.flushed(FLUSH_MS);
  Deno.exit(code);
}

function reload(server: Server, files: CertificateFiles, log: Logger): void {
  try {
    server.renew(readCertificate(files));
  } catch (error) {
    // The server continues with the old certificate.
    log("certificate not renewed", { error: oneLine(error) });
  }
}

async function serve(flags: Flags): Promise<void> {
  keepFreedMemory();
  const log = createLogger(flags.log, (line) => stderr.write(line));
  stderr.onResume = (lines) => log("log lines dropped", { lines });
  ignoreMeaninglessSignals(log);
  const files = certificateFiles(flags);
  const server = await start(flags, files, log);
  handleSignals({
    drain: () => void server.drain().then(() => exit(0)),
    abort: () => Deno.exit(1),
    reload: files && (() => reload(server, files, log)),
    log,
  });
  const place = {
    origin: flags.origin[0],
    version: config.version,
    scheme: files ? "https" : "http",
    host: flags.host,
    port: server.port,
  } as const;
  const claim = await server.offerClaim((token) => stdout.write(lateClaim(place, token)));
  stdout.write(greeting({ ...place, claim }));
}

async function run(invocation: Invocation): Promise<void> {
  switch (invocation.run) {
    case "serve":
      return await serve(invocation.flags);
    case "help":
      console.log(helpText(config.version));
      break;
    case "version":
      console.log(`Hubbub ${config.version}`);
      break;
    default:
      await runCommand(invocation);
  }
  Deno.exit(0);
}

if (import.meta.main) {
  try {
    await run(parseFlags(Deno.args, (name) => Deno.env.get(name)));
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    stderr.write(`${error.message}\n`);
    await exit(error.exitCode);
  }
}
