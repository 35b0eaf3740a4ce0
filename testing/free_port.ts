import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * Below the ports that the system gives to clients: a client that keeps trying to reach a server that
 * is gone may be given the server's port as its own, connect to itself, and keep the server from
 * starting.
 */
const FIRST = 15_000;
const COUNT = 15_000;

/**
 * Picks a port of the loopback address on which nothing listens.
 *
 * Test processes that run side by side take turns by a file, so that none is given the port that
 * another is about to use.
 */
export function freePort(): number {
  using file = Deno.openSync(join(tmpdir(), "hubbub-test-port"), {
    read: true,
    write: true,
    create: true,
  });
  file.lockSync(true);
  const last = new Uint32Array(1);
  file.readSync(new Uint8Array(last.buffer));
  let offset = last[0] ?? 0;
  do offset = (offset + 1) % COUNT; while (!isFree(FIRST + offset));
  file.seekSync(0, Deno.SeekMode.Start);
  file.writeSync(new Uint8Array(Uint32Array.of(offset).buffer));
  return FIRST + offset;
}

function isFree(port: number): boolean {
  try {
    using _listener = Deno.listen({ hostname: "127.0.0.1", port });
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) return false;
    throw error;
  }
}
