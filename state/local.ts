/**
 * The state of a server that is alone, put together.
 *
 * @module
 */
import { type ChatState, type ChatStateOptions, openChatState } from "./chat_state.ts";
import { type Database, type DatabaseOptions, openDatabase } from "./database.ts";
import { NewerEventError } from "./events.ts";
import { LocalLog, type LocalLogOptions } from "./local_log.ts";
import { State, type StateOptions } from "./state.ts";
import { TerminalRequests } from "./terminal.ts";
import { UserError } from "../lib/user_error.ts";

/** Options of {@linkcode openLocalState}. */
export type LocalStateOptions =
  & DatabaseOptions
  & LocalLogOptions
  & StateOptions
  & Omit<ChatStateOptions, "state" | "log" | "holds" | "onOthers">;

/** A data file that is its own log. Disposing of it closes the file; the messages are closed before. */
export interface LocalState<Origin> extends ChatState<Origin>, Disposable {}

/**
 * Opens a data file for a server that is alone, and begins the chat if it is new.
 *
 * @throws {UserError} when the file can't be used; see {@linkcode openDatabase}
 */
export function openLocalState<Origin = unknown>(options: LocalStateOptions): LocalState<Origin> {
  using opening = new DisposableStack();
  const database = opening.use(openDatabase(options));
  const state = openState(database, options);
  const log = LocalLog.open(state, options);
  const chat = openChatState<Origin>(opening, { ...options, state, log });
  opening.use(new TerminalRequests(state, chat.events));
  const open = opening.move();
  return { ...chat, [Symbol.dispose]: () => open.dispose() };
}

function openState(database: Database, options: LocalStateOptions): State {
  try {
    return new State(database, options);
  } catch (error) {
    if (!(error instanceof NewerEventError)) throw error;
    throw new UserError(`Cannot open ${options.path}: ${error.message}`, { cause: error });
  }
}
