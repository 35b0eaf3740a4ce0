import type { Hubbub } from "../testing/hubbub.ts";

/** Figures from a server's metrics. */
export interface Scrape {
  /** The number of open sockets. */
  sockets: number;
  /** The bytes that JavaScript keeps, in its heap and outside; garbage not yet collected included. */
  kept: number;
}

/** Asks a server without a password for its metrics. */
export async function scrape(hubbub: Hubbub): Promise<Scrape> {
  const text = await (await fetch(hubbub.url("/metrics"))).text();
  const read = (name: string) => Number(new RegExp(`^${name} (\\S+)`, "m").exec(text)?.[1]);
  return {
    sockets: read("hubbub_sockets"),
    kept: read("process_heap_bytes") + read("hubbub_external_memory_bytes"),
  };
}
