/**
 * The worker of the search index. The starting thread imports this module for its address, which is another one in the
 * executable.
 *
 * @module
 */
import { type HostCall, SearchThread, WORKER_NAME } from "./thread.ts";

/** The address of this module. */
export const WORKER_URL: string = import.meta.url;

if ("name" in globalThis && globalThis.name === WORKER_NAME) {
  addEventListener("message", (event) => {
    if (!(event instanceof MessageEvent)) return;
    const [port] = event.ports;
    const thread = new SearchThread();
    if (port === undefined) return;
    port.onmessage = ({ data }: MessageEvent<HostCall>) => port.postMessage(thread.handle(data));
  });
}
