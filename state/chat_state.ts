/**
 * The state of a chat and the parts that work on it, put together in one place: for a server with a file of its own,
 * and for each of several servers that share a log.
 *
 * @module
 */
import { StateActions } from "./actions.ts";
import { Census } from "./census.ts";
import { Deletions } from "./deletions.ts";
import type { EventLog } from "./event_log.ts";
import type { FileRecords } from "./file_records.ts";
import { Links } from "./link_tokens.ts";
import { MarkerGatherer } from "./markers.ts";
import { StateMemberships } from "./memberships.ts";
import { StateMessages } from "./messages.ts";
import type { EventOutcome } from "./outcome.ts";
import { StatePeople, type StatePeopleOptions } from "./people.ts";
import { type Guard, Permissions } from "./permissions.ts";
import { Retention, type RetentionOptions } from "./retention.ts";
import { EventWork } from "./event_work.ts";
import { SmallEvents } from "./small_events.ts";
import type { State } from "./state.ts";
import { StateFiles, type StateFilesOptions } from "./state_files.ts";

/** A chat on this server, whatever orders its events. */
export interface ChatState<Origin> {
  readonly state: State;
  /** 32 hex digits that tell this chat from others. */
  readonly id: string;
  /** Identifies the history for clients: if it changes, every `seq` that they remember is meaningless. */
  readonly history: string;
  readonly messages: StateMessages<Origin>;
  readonly people: StatePeople;
  readonly events: SmallEvents;
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

/** Options of {@linkcode openChatState}. */
export interface ChatStateOptions
  extends RetentionOptions, Pick<StatePeopleOptions, "holds">, Pick<StateFilesOptions, "maxFiles"> {
  /** The state; its chat has begun. */
  readonly state: State;
  /** The log whose events it applies. */
  readonly log: EventLog;
  /** Receives the outcomes of other servers' events, before they are delivered. */
  readonly onOthers?: (outcomes: readonly EventOutcome[]) => void;
}

/**
 * Puts the parts together.
 *
 * @param opening Closes the parts, except for the messages, which close the log.
 */
export function openChatState<Origin>(
  opening: Pick<DisposableStack, "use">,
  options: ChatStateOptions,
): ChatState<Origin> {
  const { state, log, holds, onOthers } = options;
  const { id = "", epoch = "" } = state.store ?? {};
  const { db } = state.database;
  const guard: Guard = (read) => state.database.guard(read);
  const reach = (position?: number) => log.reach(position);
  const messages = new StateMessages<Origin>(state, log, onOthers);
  const work = new EventWork(db);
  const events = opening.use(
    new SmallEvents(log, (outcomes) => messages.deliver(outcomes), (event) => work.of(event)),
  );
  const markers = opening.use(new MarkerGatherer(events));
  const permissions = new Permissions(db, guard, () => log.now());
  const links = new Links({ state, events, reach, now: () => log.now() });
  return {
    state,
    id,
    history: `${id}.${epoch}`,
    messages,
    people: new StatePeople(state, { log, events, ...(holds && { holds }) }),
    events,
    actions: new StateActions({ db, permissions, links, events, markers, messages }),
    memberships: new StateMemberships({ db, permissions, events, markers, guard }),
    markers,
    permissions,
    census: new Census({ db, guard }),
    links,
    files: new StateFiles({ db, permissions, events, guard, reach, maxFiles: options.maxFiles }),
    retention: opening.use(new Retention(state, log, options)),
    deletions: opening.use(new Deletions(state, events)),
  };
}
