/**
 * Measures the time from a server's start to its first answer.
 *
 * @module
 */
import { type Launch, ServerProcess } from "./server_process.ts";

/** Starts a server, asks it for `/`, ends it; milliseconds to the first 200. */
export async function measureStart(launch: Launch): Promise<{ milliseconds: number }> {
  const start = performance.now();
  await using server = await ServerProcess.start(launch);
  const response = await fetch(`http://127.0.0.1:${server.port}/`);
  const milliseconds = performance.now() - start;
  await response.body?.cancel();
  if (response.status !== 200) {
    throw new Error(`Cannot measure the start: expected 200, received ${response.status}`);
  }
  return { milliseconds };
}
