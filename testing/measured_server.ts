// deno-lint-ignore-file no-console -- the test reads what this program prints
/**
 * A program that runs a server and, for every chunk it reads, prints what the server holds after a
 * garbage collection. To be started with `--v8-flags=--expose-gc`.
 *
 * @module
 */
import { Assets } from "../server/assets.ts";
import { openBackend } from "../server/backend.ts";
import { parseFlags } from "../cli/flags.ts";
import { backendOptions, serverSettings } from "../cli/settings.ts";
import { Server } from "../server/server.ts";
import { ROOT } from "./hubbub.ts";

/** The memory and connections that a server holds. */
export interface Holdings {
  /** Bytes of JavaScript's heap. */
  heap: number;
  /** Bytes outside of it that it keeps alive. */
  external: number;
  /** Clients in the hub. */
  registered: number;
  /** Sockets not yet closed. */
  open: number;
}

declare const gc: () => void;

if (import.meta.main) {
  const invocation = parseFlags(Deno.args, () => undefined);
  if (invocation.run !== "serve") Deno.exit(2);
  const server = new Server({
    settings: serverSettings(invocation.flags),
    backend: await openBackend(backendOptions(invocation.flags)),
    version: "test",
    assets: Assets.load(new URL("dist/page/", ROOT)),
    log: () => {},
  });
  console.log(server.port);
  for await (const _ of Deno.stdin.readable) {
    gc();
    const { heapUsed, external } = Deno.memoryUsage();
    const holdings: Holdings = { heap: heapUsed, external, ...server.stats };
    console.log(JSON.stringify(holdings));
  }
  Deno.exit(0);
}
