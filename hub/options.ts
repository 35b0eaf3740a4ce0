import type { Actions } from "./actions.ts";
import type { Memberships } from "./memberships.ts";
import type { MessageLog } from "./message_log.ts";
import type { HubPermissions } from "./permissions.ts";
import type { Subscriber } from "./room.ts";
import type { SharedPresence } from "./shared_presence.ts";

/** The parts and limits of the hub. */
export interface HubOptions {
  log: MessageLog<Subscriber>;
  /** Names the log's history for clients; see `HelloLine`. */
  store: string;
  /** Performs the commands that the state answers. */
  actions: Actions<Subscriber>;
  memberships: Memberships;
  permissions: HubPermissions;
  /** The people in each room, on all servers. */
  presence: SharedPresence;
  /** The most occupied rooms without a message, and the most rooms with one. */
  maxRooms: number;
  /** The most rooms that one client can be in, besides those of which its person is a member. */
  maxRoomsPerClient: number;
  /** Whether the rate of messages is limited; true by default. See {@linkcode sendWork}. */
  isRateLimited?: boolean;
  /** Called when all sessions have ended, with the number of connections that were closed. */
  onLogOut?: (connections: number) => void;
  /** Called with an error of the hub or a client that ends no client: the hub continues. */
  onFault?: (error: unknown) => void;
}
