/**
 * Servers of a cluster with copies in a folder, for tests of what becomes of the copies.
 *
 * @module
 */
import type { Draft } from "../hub/message_log.ts";
import { type Cluster, type ClusterOptions, openCluster } from "../nats/cluster.ts";
import { assert } from "./assert.ts";
import { query } from "./message_log_cases.ts";
import type { TestNats } from "./nats.ts";

/** A folder for copies. */
export function folder(): Disposable & { readonly path: string } {
  const path = Deno.makeTempDirSync({ prefix: "hubbub_copy_" });
  return { path, [Symbol.dispose]: () => Deno.removeSync(path, { recursive: true }) };
}

/** A server whose copy is in that file. */
export function openServer(
  { url }: TestNats,
  copy: string,
  options: Partial<ClusterOptions> = {},
): Promise<Cluster<number>> {
  return openCluster<number>({ url, copy, ...options });
}

/** Appends, and waits for the outcomes. */
export async function append(
  { messages: log }: Cluster<number>,
  ...drafts: Draft<number>[]
): Promise<void> {
  log.append(drafts);
  const missing = new Set(drafts.map(({ id }) => id));
  for await (const entries of log.entries) {
    for (const entry of entries) {
      assert(entry.type === "message");
      missing.delete(entry.message.id);
    }
    if (missing.size === 0) return;
  }
}

/** The ids of all messages of a server's lobby. */
export async function texts({ messages: log }: Cluster<number>): Promise<string[]> {
  return (await log.read(query())).messages.map(({ id }) => id);
}

/** The copies that were set aside in a folder. */
export function setAside({ path }: { readonly path: string }): string[] {
  return [...Deno.readDirSync(path)].map(({ name }) => name).filter((name) =>
    name.endsWith(".before")
  );
}
