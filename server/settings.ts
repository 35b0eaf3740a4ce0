import type { ClientOptions } from "../client/options.ts";

/** Settings of a {@linkcode Server} as plain values, whatever named them. */
export interface ServerSettings {
  /** The address or host name to listen on. */
  readonly host: string;
  /** The port to listen on; 0 picks a free one. */
  readonly port: number;
  /** Origins that browsers may come from. Empty: only the server's own. */
  readonly origins: readonly string[];
  /** Believes the last entry of each `X-Forwarded-*` header, which a proxy in front wrote. */
  readonly trustProxy: boolean;
  /** A connection that does not answer a ping for this long is closed, in ms. */
  readonly idleTimeout: number;
  /** Open connections in all, including those that do not close. */
  readonly maxClients: number;
  /** Open connections from one address; 0: no limit. */
  readonly maxClientsPerAddress: number;
  /** Rooms in all. */
  readonly maxRooms: number;
  /** Rooms that one client may be in, besides those of which its person is a member. */
  readonly maxRoomsPerClient: number;
  /** Limits of every client. */
  readonly client: Omit<ClientOptions, "version" | "store" | "welcome">;
}
