/**
 * The worker that finishes uploads. The starting thread imports this module for its address, which is another one in the
 * executable.
 *
 * @module
 */
import process from "node:process";
import type { FinishCall } from "./finishing.ts";

/** The address of this module. */
export const WORKER_URL: string = import.meta.url;

/** The name of the worker, which tells the module that it runs there. */
export const WORKER_NAME = "files";

if ("name" in globalThis && globalThis.name === WORKER_NAME) {
  // One of the libraries below reads all variables when it is loaded, which this program may not.
  process.env = {};
  const finishing = import("./finishing.ts");
  addEventListener("message", (event) => {
    const [port] = event instanceof MessageEvent ? event.ports : [];
    if (port === undefined) return;
    port.onmessage = async ({ data }: MessageEvent<FinishCall>) => {
      const { finish } = await finishing;
      port.postMessage(await finish(data));
    };
  });
}
