/**
 * The state of a server that is alone, put together.
 *
 * @module
 */
import { StateActions } from "./actions.ts";
import { Census } from "./census.ts";
import { type Database, type DatabaseOptions, openDatabase } from "./database.ts";
import type { FileRecords } from "./file_records.ts";
import { StateFiles, type StateFilesOptions } from "./state_files.ts";
import { NewerEventError } from "./events.ts";
import { Links } from "./link_tokens.ts";
import { LocalLog, type LocalLogOptions } from "./local_log.ts";
import { StateMessages } from "./messages.ts";
import { MarkerGatherer } from "./markers.ts";
import { StateMemberships } from "./memberships.ts";
import { StatePeople } from "./people.ts";
import { type Guard, Permissions } from "./permissions.ts";
import { SmallEvents } from "./small_events.ts";
import { Retention, type RetentionOptions } from "./retention.ts";
import { Deletions } from "./deletions.ts";
import { TerminalRequests } from "./terminal.ts";
import { State, type StateOptions } from "./state.ts";
import { UserError } from "../lib/user_error.ts";

/** Options of {@linkcode openLocalState}. */
export type LocalStateOptions =
  & DatabaseOptions
  & LocalLogOptions
  & RetentionOptions
  & StateOptions
  & Pick<StateFilesOptions, "maxFiles">;

/** A data file that is its own log. Disposing of it closes the file; the messages are closed before. */
export interface LocalState<Origin> extends Disposable {
  readonly state: State;
  /** 32 hex digits that tell this chat from others. */
  readonly id: string;
  /** Names the history for clients: another one means that no `seq` they remember counts. */
  readonly history: string;
  readonly messages: StateMessages<Origin>;
  readonly people: StatePeople;
  readonly actions: StateActions<Origin>;
  readonly memberships: StateMemberships;
  readonly markers: MarkerGatherer;
  readonly permissions: Permissions;
  readonly census: Census;
  readonly links: Links;
  readonly files: FileRecords;
  readonly retention: Retention;
  readonly deletions: Deletions;
}

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
  const messages = new StateMessages<Origin>(state, log);
  const events = opening.use(new SmallEvents(log, (outcomes) => messages.deliver(outcomes)));
  const markers = opening.use(new MarkerGatherer(events));
  opening.use(new TerminalRequests(state, events));
  const deletions = opening.use(new Deletions(state, events));
  const retention = opening.use(new Retention(state, log, options));
  // `LocalLog.open` has begun the chat.
  const { id = "", epoch = "" } = state.store ?? {};
  const guard: Guard = (read) => database.guard(read);
  const { db } = database;
  const links = new Links({ state, events, reach: () => log.reach() });
  const permissions = new Permissions(db, guard);
  const open = opening.move();
  return {
    state,
    id,
    history: `${id}.${epoch}`,
    messages,
    people: new StatePeople(state, { log, events }),
    actions: new StateActions({ db, permissions, links, events, markers, messages }),
    markers,
    memberships: new StateMemberships({ db, permissions, events, markers, guard }),
    permissions,
    census: new Census({ db, guard }),
    links,
    files: new StateFiles({ db, permissions, events, guard, ...options }),
    retention,
    deletions,
    [Symbol.dispose]: () => open.dispose(),
  };
}

function openState(database: Database, options: LocalStateOptions): State {
  try {
    return new State(database, options);
  } catch (error) {
    if (!(error instanceof NewerEventError)) throw error;
    throw new UserError(`Cannot open ${options.path}: ${error.message}`, { cause: error });
  }
}
