/**
 * The commands that the hub handles.
 *
 * @module
 */
import type {
  ActionCommand,
  HistoryCommand,
  LeaveCommand,
  RoomsCommand,
  SendCommand,
  TypingCommand,
} from "../protocol/mod.ts";
import type { JoinRequest } from "./history.ts";

/**
 * A command that its client reads the next one after: the reply may be large, or the next command may need what this one
 * changes. So the hub has to answer each one, whatever happens, unless the client ends.
 */
export type Request = JoinRequest | LeaveCommand | HistoryCommand | RoomsCommand | ActionCommand;

/** A command that the hub handles. */
export type HubCommand = Request | SendCommand | TypingCommand;
