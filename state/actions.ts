import type { DatabaseSync } from "node:sqlite";
import type { Actions, Asker, FoundNetworks, Rest } from "../hub/actions.ts";
import {
  type ActionCommand,
  countedMessages,
  type ErrorCode,
  type ServerLine,
} from "../protocol/mod.ts";
import {
  type ActionContext,
  type ActionHandlers,
  type ActionTables,
  type ConnectedNames,
  errorLine,
  NOBODY_CONNECTED,
  type Parts,
  REFUSALS,
} from "./actions/action.ts";
import { CHANGE_ACTIONS } from "./actions/changes.ts";
import { DO_NOT_DISTURB_ACTIONS } from "./actions/do_not_disturb.ts";
import { FILES_ACTIONS } from "./actions/files.ts";
import { INBOX_ACTIONS } from "./actions/inbox.ts";
import { IGNORE_ACTIONS } from "./actions/ignoring.ts";
import { MEMBERSHIP_ACTIONS } from "./actions/memberships.ts";
import { MODERATION_ACTIONS } from "./actions/moderation.ts";
import { LINKS_ACTIONS } from "./actions/links.ts";
import { ROOM_ACTIONS } from "./actions/rooms.ts";
import { REMOVAL_ACTIONS } from "./actions/removals.ts";
import { AboutTable } from "./about_table.ts";
import { ABOUT_ACTIONS } from "./actions/abouts.ts";
import { PICTURE_ACTIONS } from "./actions/pictures.ts";
import { PictureTable } from "./picture_table.ts";
import { REPORT_ACTIONS } from "./actions/reports.ts";
import { SESSION_ACTIONS } from "./actions/sessions.ts";
import { SEARCH_ACTIONS } from "./actions/search.ts";
import { SETTINGS_ACTIONS } from "./actions/settings.ts";
import { ROLE_ACTIONS } from "./actions/roles.ts";
import { ChangeTable } from "./change_table.ts";
import { StateHistory } from "./history.ts";
import { Inbox } from "./inbox.ts";
import { Judges } from "./judges.ts";
import { MODERATOR_INVITES } from "./kinds/invite.ts";
import { NETWORKS_LIMIT } from "./kinds/network_ban.ts";
import { NetworkBans } from "./network_bans.ts";
import { ReportTable } from "./report_table.ts";
import type { Links } from "./link_tokens.ts";
import type { MarkerGatherer } from "./markers.ts";
import { MentionFinder } from "./mentions.ts";
import { PersonPace } from "./person_pace.ts";
import { MembershipTable } from "./membership_table.ts";
import type { StateMessages } from "./messages.ts";
import type { Permissions } from "./permissions.ts";
import type { Event } from "./events.ts";
import type { EventOutcome } from "./outcome.ts";
import { type MessagePreviews, NO_PREVIEWS } from "./message_previews.ts";
import { type MessageSearch, NO_SEARCH } from "./message_search.ts";
import { RoomDirectory } from "./room_directory.ts";
import { RoomPeople } from "./room_people.ts";
import { RoomTable } from "./room_table.ts";
import type { SmallEvents } from "./small_events.ts";

/** The handler of each command: the one list that a new capability is added to. */
const HANDLERS: ActionHandlers<ActionCommand> = {
  ...ROLE_ACTIONS,
  ...CHANGE_ACTIONS,
  ...MEMBERSHIP_ACTIONS,
  ...IGNORE_ACTIONS,
  ...DO_NOT_DISTURB_ACTIONS,
  ...MODERATION_ACTIONS,
  ...REPORT_ACTIONS,
  ...REMOVAL_ACTIONS,
  ...SETTINGS_ACTIONS,
  ...LINKS_ACTIONS,
  ...SESSION_ACTIONS,
  ...ROOM_ACTIONS,
  ...SEARCH_ACTIONS,
  ...INBOX_ACTIONS,
  ...PICTURE_ACTIONS,
  ...ABOUT_ACTIONS,
  ...FILES_ACTIONS,
};

/**
 * The changes of a room per second, and at once: each is sent to all connections of its members, and a room may have many
 * moderators.
 */
const ROOM_CHANGES = { rate: 5, burst: 100 };

/** The rooms per second, and at once, that others make a person a member of: who is added is not asked. */
const ADDITIONS = { rate: 1 / 60, burst: 50 };

/** The invitations that a moderator makes per second, and at once. */
const INVITATIONS = { rate: 1 / 60, burst: 2 * MODERATOR_INVITES };

/** The pictures that a person sets per second, and at once: everyone loads each of them. */
const PICTURE_CHANGES = { rate: 1 / 300, burst: 10 };

/** The parts that {@linkcode StateActions} works with. */
export interface StateActionsOptions<Origin> {
  readonly db: DatabaseSync;
  readonly permissions: Permissions;
  readonly links: Links;
  readonly events: SmallEvents;
  readonly markers: MarkerGatherer;
  readonly messages: StateMessages<Origin>;
  /** The time, in ms; by default that of the process. */
  readonly now?: () => number;
}

/**
 * The turns of commands that take more than one. A removal looks at thousands of messages at once, and deletes hundreds. For
 * the inbox there are hundreds of rooms to look at, and thousands of messages; for reports the files of hundreds.
 */
const TURNS: { readonly [T in ActionCommand["type"]]?: number } = {
  remove_messages: 10,
  inbox: 5,
  reports: 5,
};

/** The turns that each further part of a command takes. */
const PART_TURNS = 5;

/** The time of a part of a command that takes long, in ms: others have turns in between. */
const PART_MS = 4;

/** Performs the commands that become one event, or read something. */
export class StateActions<Origin = unknown> implements Actions<Origin> {
  /** The numbers of refused commands, by code. */
  readonly refusals: ReadonlyMap<ErrorCode, number>;
  /** The numbers of changes of messages, by command. */
  readonly changes: ReadonlyMap<string, number>;
  /** The names of the people who are connected; set when a server has connections. */
  names: ConnectedNames = NOBODY_CONNECTED;
  /** The search of messages; set when there is one. */
  search: MessageSearch = NO_SEARCH;
  #previews: MessagePreviews = NO_PREVIEWS;
  // A metric is there before the first one is counted.
  readonly #refusals = new Map<ErrorCode, number>(REFUSALS.map((code) => [code, 0]));
  readonly #changes = new Map<string, number>(
    ["edit", "delete", "react", "clear_reactions", "pin", "remove_previews", "remove_messages"].map(
      (
        kind,
      ) => [kind, 0],
    ),
  );
  readonly #options: StateActionsOptions<Origin>;
  readonly #tables: ActionTables;
  readonly #pace = new PersonPace();
  readonly #roomPace = new PersonPace(undefined, ROOM_CHANGES);
  readonly #additions = new PersonPace(undefined, ADDITIONS);
  readonly #invitations = new PersonPace(undefined, INVITATIONS);
  readonly #pictureChanges = new PersonPace(undefined, PICTURE_CHANGES);

  constructor(options: StateActionsOptions<Origin>) {
    this.#options = options;
    const { db } = options;
    // Preparing their statements takes longer than most commands.
    this.#tables = {
      memberships: new MembershipTable(db),
      rooms: new RoomTable(db),
      roomPeople: new RoomPeople(db),
      directory: new RoomDirectory(db),
      reports: new ReportTable(db),
      judges: new Judges(db, options.permissions),
      networkBans: new NetworkBans(db),
      changes: new ChangeTable(db),
      history: new StateHistory(db),
      mentions: new MentionFinder(db),
      inbox: new Inbox(db, options.permissions),
      pictures: new PictureTable(db),
      abouts: new AboutTable(db),
    };
    this.refusals = this.#refusals;
    this.changes = this.#changes;
  }

  /** The previews of links; set when there are some. */
  set previews(previews: MessagePreviews) {
    this.#previews = previews;
    this.#options.messages.onSent = (message) => previews.see(message);
  }

  /** Appends an event of this server itself. Rejects if it is not known to be stored. */
  append(event: Event): Promise<EventOutcome> {
    return this.#options.events.append(event);
  }

  turn(command: ActionCommand, person: string): Promise<void> | undefined {
    const room = roomChangedBy(command);
    // Others must not use up the turns of those who may. Asked first: with a damaged file it throws, and nobody would await
    // a turn that was taken.
    const isManager = room !== undefined &&
      this.#options.permissions.mayManage(person, room) === undefined;
    const own = this.#pace.turn(person);
    this.#pace.charge(person, (TURNS[command.type] ?? 1) - 1);
    const common = isManager ? this.#roomPace.turn(room) : undefined;
    if (own === undefined || common === undefined) return own ?? common;
    return Promise.all([own, common]).then(() => {});
  }

  handle(
    command: ActionCommand,
    { person, session, origin, network }: Asker<Origin>,
  ): Rest | undefined {
    const { db, permissions, links, events, markers, messages } = this.#options;
    const context: ActionContext = {
      person,
      network,
      ...(session !== undefined && { session }),
      permissions,
      links,
      names: this.names,
      search: this.search,
      ...this.#tables,
      additions: this.#additions,
      invitations: this.#invitations,
      pictureChanges: this.#pictureChanges,
      markers,
      db,
      append: (event) => events.append(event, { network, person }),
    };
    // The handler is that of the command's own type, which TypeScript can't follow through the list.
    const handler = HANDLERS[command.type] as (
      command: ActionCommand,
      context: ActionContext,
    ) => Work;
    const reply = (line: ServerLine | Promise<ServerLine>) => {
      void this.#settle(command, person, line)
        .then((line) => messages.answer(origin, line, command));
    };
    return this.#perform(() => handler(command, context), {
      reply,
      onRest: () => this.#pace.charge(person, PART_TURNS),
    });
  }

  banNetworks({ person, networks, by }: FoundNetworks): void {
    const some = networks.slice(0, NETWORKS_LIMIT);
    const event = { type: "network_ban", person, networks: some, by } as const;
    // If it can't be stored, the list of bans shows that the networks are not kept out.
    this.#options.events.append(event).catch(() => {});
  }

  /** Does some work, or a part of it if it takes long. */
  #perform(
    begin: () => Work,
    on: { reply: (line: ServerLine | Promise<ServerLine>) => void; onRest: () => void },
  ): Rest | undefined {
    try {
      const work = begin();
      if (!(Symbol.iterator in work)) return void on.reply(work);
      const { now = () => performance.now() } = this.#options;
      const end = now() + PART_MS;
      do {
        const part = work.next();
        if (part.done) return void on.reply(part.value);
      } while (now() < end);
      on.onRest();
      return () => this.#perform(() => work, on);
    } catch (error) {
      on.reply(Promise.reject(error));
    }
  }

  /** Returns the answer to a command, with what it counts as. */
  async #settle(
    command: ActionCommand,
    person: string,
    given: ServerLine | Promise<ServerLine>,
  ): Promise<ServerLine> {
    try {
      const line = await given;
      if (line.type === "error") {
        this.#refusals.set(line.code, (this.#refusals.get(line.code) ?? 0) + 1);
      } else if (line.type === "changed") {
        this.#changes.set(command.type, (this.#changes.get(command.type) ?? 0) + 1);
        if (command.type === "edit") this.#previews.see(line.message);
        // The whole message is sent to everyone in the room.
        this.#pace.charge(person, countedMessages(line.message.text) - 1);
      }
      if (line.type === "removed") {
        this.#changes.set(command.type, (this.#changes.get(command.type) ?? 0) + 1);
      }
      return line;
    } catch {
      return errorLine("storage", "it is not known to be stored, try again in a while", command.id);
    }
  }
}

/** What a handler returns. */
type Work = ServerLine | Promise<ServerLine> | Parts;

/** Returns the room that a command changes for all of its members. */
function roomChangedBy(command: ActionCommand): string | undefined {
  switch (command.type) {
    case "set_room":
    case "add":
    case "remove":
    case "moderator":
      return command.room;
    default:
      return undefined;
  }
}
