/**
 * Appending an event of the terminal to a data file.
 *
 * @module
 */
import { type Database, InUseError, openDatabase, readDatabase } from "../state/database.ts";
import { isCopyOfLog } from "../state/own_log.ts";
import { State } from "../state/state.ts";
import { appendDirectly, handOver, type TerminalEvent } from "../state/terminal.ts";
import { UserError } from "../lib/user_error.ts";

/**
 * Appends an event to a data file: hands it to the server that has the file open, if there is one.
 *
 * @param make Returns the event for the present state.
 * @throws {UserError} if the event is refused, there is no such file, it is a copy of what is in NATS, or it can't be used.
 */
export async function appendToFile(
  path: string,
  make: (database: Database) => TerminalEvent,
): Promise<void> {
  {
    // Opening to write would make a file that is not there, and so hide a wrong path.
    using found = readDatabase(path, { anyVersion: true });
    if (isCopyOfLog(found.db)) {
      throw new UserError(
        `Cannot do that to ${path}: it is a copy of what is in NATS, and a server would undo it; use --nats URL ` +
          "instead of --data",
      );
    }
  }
  let database: Database | undefined;
  try {
    database = openDatabase({ path, sync: "full" });
  } catch (error) {
    if (!(error instanceof InUseError)) throw error;
  }
  if (database === undefined) {
    using running = readDatabase(path);
    await handOver(path, make(running));
  } else {
    using own = database;
    const event = make(own);
    appendDirectly(new State(own), event);
  }
}
