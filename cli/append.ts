/**
 * Appending an event of the terminal to a data file.
 *
 * @module
 */
import { type Database, InUseError, openDatabase, readDatabase } from "../state/database.ts";
import { State } from "../state/state.ts";
import { appendDirectly, handOver, type TerminalEvent } from "../state/terminal.ts";

/**
 * Appends an event to a data file: hands it to the server that has the file open, if there is one.
 *
 * @param make Returns the event for the present state.
 * @throws {UserError} if the event is refused, there is no such file, or it can't be used.
 */
export async function appendToFile(
  path: string,
  make: (database: Database) => TerminalEvent,
): Promise<void> {
  // Opening would make a file that is not there, and so hide a wrong path.
  readDatabase(path, { anyVersion: true })[Symbol.dispose]();
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
