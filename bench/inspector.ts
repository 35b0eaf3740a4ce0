/**
 * V8's profiler inside a server that is measured: loaded before its main module with `--preload`,
 * controlled over HTTP.
 *
 * `--inspect` would be simpler, but then Deno reports every frame of every
 * WebSocket to the inspector, which costs more than all else together.
 *
 * @module
 */
import { Session } from "node:inspector/promises";

/** The variable with the port to listen on, one named as those of Hubbub are. */
export const PORT_VARIABLE = "HUBBUB_BENCH_INSPECTOR";

/** Between two samples, in microseconds: fine enough for a function of one per cent in a second. */
const SAMPLING_MICROSECONDS = 200;

function serve(port: number): void {
  const session = new Session();
  session.connect();
  Deno.serve({ hostname: "127.0.0.1", port, onListen: () => {} }, async ({ url }) => {
    if (new URL(url).pathname === "/start") {
      await session.post("Profiler.enable");
      await session.post("Profiler.setSamplingInterval", { interval: SAMPLING_MICROSECONDS });
      await session.post("Profiler.start");
      return new Response();
    }
    const { profile } = await session.post("Profiler.stop");
    return Response.json(profile);
  });
}

const port = Number(Deno.env.get(PORT_VARIABLE));
// Nothing may be under way when this module has run: the main module waits for that.
if (port > 0) Deno.unrefTimer(setTimeout(() => serve(port), 0));
