import type { Flags } from "./flags.ts";
import type { MessageLog } from "./log.ts";
import { People } from "./people.ts";
import { SqlitePeople } from "./people_store.ts";
import type { Subscriber } from "./room.ts";
import { LocalPresence, type SharedPresence } from "./shared_presence.ts";
import { SqliteLog } from "./sqlite_log.ts";
import { openStore } from "./store.ts";

/** Where a server keeps everything. Disposing closes it; the log is closed by its hub. */
export interface Backend extends AsyncDisposable {
  /** Tells this data from another's. */
  readonly id: string;
  readonly messages: MessageLog<Subscriber>;
  readonly people: People;
  readonly presence: SharedPresence;
}

/** What the data needs to know of the flags. */
export type BackendFlags = Pick<Flags, "data" | "sync" | "keep-days" | "password">;

/**
 * Opens the data in one SQLite file.
 *
 * @throws {StoreError} when the file can't be used.
 */
export async function openBackend(flags: BackendFlags): Promise<Backend> {
  const presence = new LocalPresence();
  const store = openStore({ path: flags.data, sync: flags.sync });
  return {
    id: store.id,
    messages: new SqliteLog(store, { keepDays: flags["keep-days"] }),
    people: await People.open(
      new SqlitePeople(store.db),
      flags.password === "" ? {} : { password: flags.password },
    ),
    presence,
    [Symbol.asyncDispose]: async () => {
      await presence[Symbol.asyncDispose]();
      store[Symbol.dispose]();
    },
  };
}
