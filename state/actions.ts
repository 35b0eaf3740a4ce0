import type { DatabaseSync } from "node:sqlite";
import type { Actions, Asker } from "../hub/actions.ts";
import type { ActionCommand, ErrorCode, ServerLine } from "../protocol/mod.ts";
import {
  type ActionContext,
  type ActionHandlers,
  type ConnectedNames,
  errorLine,
  NOBODY_CONNECTED,
} from "./actions/action.ts";
import { DO_NOT_DISTURB_ACTIONS } from "./actions/do_not_disturb.ts";
import { IGNORE_ACTIONS } from "./actions/ignoring.ts";
import { MEMBERSHIP_ACTIONS } from "./actions/memberships.ts";
import { MODERATION_ACTIONS } from "./actions/moderation.ts";
import { LINKS_ACTIONS } from "./actions/links.ts";
import { ROOM_ACTIONS } from "./actions/rooms.ts";
import { REPORT_ACTIONS } from "./actions/reports.ts";
import { SESSION_ACTIONS } from "./actions/sessions.ts";
import { SETTINGS_ACTIONS } from "./actions/settings.ts";
import { ROLE_ACTIONS } from "./actions/roles.ts";
import type { Links } from "./link_tokens.ts";
import type { MarkerGatherer } from "./markers.ts";
import { PersonPace } from "./person_pace.ts";
import { MembershipTable } from "./membership_table.ts";
import type { StateMessages } from "./messages.ts";
import type { Permissions } from "./permissions.ts";
import type { SmallEvents } from "./small_events.ts";

/** The handler of each command: the one list that a new capability is added to. */
const HANDLERS: ActionHandlers<ActionCommand> = {
  ...ROLE_ACTIONS,
  ...MEMBERSHIP_ACTIONS,
  ...IGNORE_ACTIONS,
  ...DO_NOT_DISTURB_ACTIONS,
  ...MODERATION_ACTIONS,
  ...REPORT_ACTIONS,
  ...SETTINGS_ACTIONS,
  ...LINKS_ACTIONS,
  ...SESSION_ACTIONS,
  ...ROOM_ACTIONS,
};

/** The parts that {@linkcode StateActions} works with. */
export interface StateActionsOptions<Origin> {
  readonly db: DatabaseSync;
  readonly permissions: Permissions;
  readonly links: Links;
  readonly events: SmallEvents;
  readonly markers: MarkerGatherer;
  readonly messages: StateMessages<Origin>;
}

/** Performs the commands that become one event, or read something. */
export class StateActions<Origin = unknown> implements Actions<Origin> {
  /** The numbers of refused commands, by code. */
  readonly refusals: ReadonlyMap<ErrorCode, number>;
  /** What is known of the people who are connected; set when there are some. */
  names: ConnectedNames = NOBODY_CONNECTED;
  readonly #refusals = new Map<ErrorCode, number>();
  readonly #options: StateActionsOptions<Origin>;
  readonly #memberships: MembershipTable;
  readonly #pace = new PersonPace();

  constructor(options: StateActionsOptions<Origin>) {
    this.#options = options;
    this.#memberships = new MembershipTable(options.db);
    this.refusals = this.#refusals;
  }

  handle(command: ActionCommand, { person, session, origin }: Asker<Origin>): void {
    const { db, permissions, links, events, markers, messages } = this.#options;
    const context: ActionContext = {
      person,
      ...(session !== undefined && { session }),
      permissions,
      links,
      names: this.names,
      memberships: this.#memberships,
      markers,
      db,
      append: (event) => events.append(event),
    };
    void this.#answer(command, context).then((line) => messages.answer(origin, line));
  }

  async #answer(command: ActionCommand, context: ActionContext): Promise<ServerLine> {
    // The handler is that of the command's own type, which TypeScript can't follow through the list.
    const handler = HANDLERS[command.type] as (
      command: ActionCommand,
      context: ActionContext,
    ) => ServerLine | Promise<ServerLine>;
    try {
      // An `await` of undefined would let others overtake it.
      const turn = this.#pace.turn(context.person);
      if (turn !== undefined) await turn;
      const line = await handler(command, context);
      if (line.type === "error") {
        this.#refusals.set(line.code, (this.#refusals.get(line.code) ?? 0) + 1);
      }
      return line;
    } catch {
      return errorLine("storage", "it is not known to be stored, try again in a while", command.id);
    }
  }
}
