import { Accounts } from "./accounts.ts";
import type { Backend } from "./backend.ts";
import { type Ending, GOING_AWAY } from "../client/close_reasons.ts";
import { Connections } from "./connections.ts";
import { FileRoutes } from "./files/file_routes.ts";
import { Hub } from "../hub.ts";
import { InstrumentedLog } from "./instrumented_log.ts";
import type { Logger } from "../lib/logger.ts";
import type { Advice } from "./responses.ts";
import { stackOf } from "../lib/errors.ts";
import { deadline } from "../lib/std.ts";
import type { ServerSettings } from "./settings.ts";
import type { Subscriber } from "../hub/room.ts";

/** The time for uploads that are becoming files when a chat closes, in ms. */
const FINISH_MS = 300;

/** Options of a {@linkcode ServerChat}. */
export interface ServerChatOptions {
  readonly settings: ServerSettings;
  readonly backend: Backend;
  /** The program's version. */
  readonly version: string;
  readonly log: Logger;
  /** Logs what to set. */
  readonly advise: (advice: Advice) => void;
}

/**
 * The part of a server that depends on its data: the hub, the connections and the accounts. When the
 * data is made again, a new chat takes the place of this one, and everyone reconnects to it.
 */
export class ServerChat implements AsyncDisposable {
  readonly backend: Backend;
  readonly messages: InstrumentedLog<Subscriber>;
  readonly hub: Hub;
  readonly connections: Connections;
  readonly accounts: Accounts;
  readonly files: FileRoutes;
  readonly #hubEnd: Promise<void>;

  constructor({ settings, backend, version, log, advise }: ServerChatOptions) {
    this.backend = backend;
    this.messages = new InstrumentedLog(backend.messages, log);
    this.hub = new Hub({
      log: this.messages,
      store: backend.store,
      actions: backend.actions,
      memberships: backend.memberships,
      permissions: backend.permissions,
      presence: backend.presence,
      maxRooms: settings.maxRooms,
      maxRoomsPerClient: settings.maxRoomsPerClient,
      isRateLimited: settings.client.rate > 0,
      onLogOut: (connections) => {
        log("keys rotated", { connections });
        this.files.interrupt();
      },
      onFault: (error) => log("hub failed", { error: stackOf(error) }),
    });
    this.#hubEnd = this.hub.run();
    this.accounts = new Accounts({
      backend,
      log,
      onLogout: (session) => this.connections.logout(session),
      onSessionsEnded: (person, except) => this.connections.logoutPerson(person, except),
    });
    this.files = new FileRoutes({
      accounts: this.accounts,
      contents: backend.contents,
      records: backend.files,
      maxFile: settings.client.maxFile,
      ...{ log, advise },
    });
    this.connections = new Connections({
      hub: this.hub,
      log,
      client: {
        ...{ version, store: backend.store, ...settings.client },
        welcome: (person, aliases) => backend.permissions.welcome(person, aliases),
      },
      rename: (admission, command, address) => this.accounts.rename(admission, command, address),
    });
  }

  /** Whether the data is what it should be; nobody may be shown other data. */
  get upToDate(): boolean {
    return (this.backend.condition ?? "current") === "current";
  }

  /**
   * Writes what is queued and closes all connections. Resolves to the number of sockets that are still open
   * after `ms`: a peer that has stopped reading keeps its socket.
   */
  async close(ms: number, ending: Ending = GOING_AWAY): Promise<number> {
    const end = performance.now() + ms;
    const uploads = this.files[Symbol.asyncDispose]();
    if (ending !== GOING_AWAY) this.connections.sendAway(ending);
    // Without the hub, a whole upload becomes a file only when its sender asks again: a short wait saves that.
    await deadline(uploads, FINISH_MS).catch(() => {});
    this.hub.close();
    await this.#hubEnd;
    return await this.connections.closed(Math.max(0, end - performance.now()));
  }

  /** Closes the data. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.backend[Symbol.asyncDispose]();
  }
}
