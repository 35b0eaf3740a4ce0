/**
 * The parts of a command that the state answers.
 *
 * @module
 */
import type {
  ActionCommand,
  ErrorCode,
  ErrorLine,
  OkLine,
  ServerLine,
  User,
} from "../../protocol/mod.ts";
import type { DatabaseSync } from "node:sqlite";
import type { Event } from "../events.ts";
import type { AboutTable } from "../about_table.ts";
import type { ChangeTable } from "../change_table.ts";
import type { StateHistory } from "../history.ts";
import type { Inbox } from "../inbox.ts";
import type { MentionFinder } from "../mentions.ts";
import type { EventOutcome, RefusalCode } from "../outcome.ts";
import type { Judges } from "../judges.ts";
import type { MarkerGatherer } from "../markers.ts";
import type { MembershipTable } from "../membership_table.ts";
import type { NetworkBans } from "../network_bans.ts";
import type { Links } from "../link_tokens.ts";
import type { Permissions } from "../permissions.ts";
import type { PictureTable } from "../picture_table.ts";
import type { PersonPace } from "../person_pace.ts";
import type { ReportTable } from "../report_table.ts";
import type { RoomDirectory } from "../room_directory.ts";
import type { RoomPeople } from "../room_people.ts";
import type { RoomTable } from "../room_table.ts";
import type { MessageSearch } from "../message_search.ts";

/** The names of the people who are connected to this server. */
export interface ConnectedNames {
  /** Returns whether another person than `id` has a name, or one that looks like it, while connected. */
  isHeld(name: string, id: string): boolean;
  /** Gives a person who may be connected, here or on another server, the name that is stored now. */
  rename(user: User, was: string): void;
}

/** The names of nobody. */
export const NOBODY_CONNECTED: ConnectedNames = { isHeld: () => false, rename: () => {} };

/** The tables that actions read. */
export interface ActionTables {
  readonly memberships: MembershipTable;
  readonly rooms: RoomTable;
  readonly roomPeople: RoomPeople;
  readonly directory: RoomDirectory;
  readonly reports: ReportTable;
  readonly judges: Judges;
  readonly networkBans: NetworkBans;
  readonly changes: ChangeTable;
  readonly history: StateHistory;
  readonly mentions: MentionFinder;
  readonly inbox: Inbox;
  readonly pictures: PictureTable;
  readonly abouts: AboutTable;
}

/** The surroundings of an action. */
export interface ActionContext extends ActionTables {
  /** The id of the person who gives the command. */
  readonly person: string;
  /** The id of the session that the person does it from; absent without one. */
  readonly session?: string;
  /** The network of the connection. */
  readonly network: string;
  readonly permissions: Permissions;
  /** The times that others make a person a member of a room. */
  readonly additions: PersonPace;
  /** The invitations that moderators make, each of which stays in the audit log. */
  readonly invitations: PersonPace;
  /** The changes of pictures, which everyone receives. */
  readonly pictureChanges: PersonPace;
  readonly markers: MarkerGatherer;
  readonly links: Links;
  readonly names: ConnectedNames;
  readonly search: MessageSearch;
  /** The state, to be read. */
  readonly db: DatabaseSync;
  /**
   * Appends an event, and returns what became of it when it is applied here. Rejects if it is not known to be
   * stored.
   */
  append(event: Event): Promise<EventOutcome>;
}

/** The work for an answer that may take long; it yields where others may have their turns, and the state may change. */
export type Parts = Generator<void, ServerLine, void>;

/** A handler for each command of a union: it returns the answer. */
export type ActionHandlers<C extends ActionCommand> = {
  readonly [T in C["type"]]: (
    command: Extract<C, { readonly type: T }>,
    context: ActionContext,
  ) => ServerLine | Promise<ServerLine> | Parts;
};

/** Appends an event, and answers with `ok`, or with the reason why it was refused. */
export async function change(
  event: Event,
  { id }: { readonly id?: string },
  { append }: ActionContext,
): Promise<OkLine | ErrorLine> {
  return answerTo(await append(event), id);
}

/** Answers a command whose event had an outcome with `ok`, or with the reason why it was refused. */
export function answerTo(outcome: EventOutcome, id: string | undefined): OkLine | ErrorLine {
  if (outcome.type === "refused") {
    const { code, reason, retry } = outcome;
    return { ...errorLine(CODES[code], reason, id), ...(retry !== undefined && { retry }) };
  }
  return id === undefined ? { type: "ok" } : { type: "ok", id };
}

/** Makes the error that answers a command. */
export function errorLine(code: ErrorCode, reason: string, id: string | undefined): ErrorLine {
  const message = `Cannot do that: ${reason}`;
  return { type: "error", code, message, ...(id !== undefined && { ref: id }) };
}

const CODES: { readonly [Code in RefusalCode]: ErrorCode } = {
  name_taken: "name_taken",
  forbidden: "forbidden",
  muted: "muted",
  no_person: "no_person",
  no_room: "no_room",
  no_message: "no_message",
  no_file: "no_file",
  empty: "empty",
  // No command uploads a file.
  full: "storage",
  too_many: "too_many",
  bad_id: "bad_id",
  bad_value: "bad_value",
  room_taken: "room_taken",
  archived: "archived",
  rate_limited: "rate_limited",
  last_admin: "last_admin",
  stale: "stale",
  fault: "storage",
};

/** The codes with which a command is answered whose event is refused. */
export const REFUSALS: readonly ErrorCode[] = [...new Set(Object.values(CODES))];
