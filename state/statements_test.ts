import { assertEquals } from "../testing/assert.ts";
import { openDatabase } from "./database.ts";
import { ACCOUNT_END_SQL } from "./account_end.ts";
import { MODERATION_SQL } from "./actions/moderation.ts";
import { ATTACHMENT_SQL } from "./attachment_table.ts";
import { AUDIT_SQL } from "./audit.ts";
import { CHANGE_JUDGE_SQL } from "./change_judge.ts";
import { CHANGE_SQL } from "./change_table.ts";
import { CENSUS_SQL } from "./census.ts";
import { DEFAULT_ROOMS_SQL } from "./default_rooms.ts";
import { ERASED_TEXTS_SQL } from "./erased_texts.ts";
import { REMOVAL_SQL } from "./message_removal.ts";
import { ERASURE_SQL } from "./erasure.ts";
import { HISTORY_SQL } from "./history.ts";
import { INBOX_SQL } from "./inbox.ts";
import { IGNORED_SQL } from "./ignored_table.ts";
import { ACCOUNT_DELETED_SQL } from "./kinds/account_deleted.ts";
import { BAN_SQL } from "./kinds/ban.ts";
import { INDEX_QUEUE_SQL } from "./index_queue.ts";
import { EDIT_SQL } from "./kinds/edit.ts";
import { INIT_SQL } from "./kinds/init.ts";
import { JOIN_SQL } from "./kinds/join.ts";
import { KEEP_DAYS_SQL } from "./kinds/keep_days.ts";
import { MARKERS_SQL } from "./kinds/markers.ts";
import { MESSAGE_SQL } from "./kinds/message.ts";
import { NAME_SQL } from "./kinds/name.ts";
import { NAME_EXPIRED_SQL } from "./kinds/name_expired.ts";
import { NAME_USED_SQL } from "./kinds/name_used.ts";
import { RENAME_SQL } from "./kinds/rename.ts";
import { RETENTION_SQL } from "./kinds/retention.ts";
import { ROLE_SQL } from "./kinds/role.ts";
import { RULES_SQL } from "./kinds/rules.ts";
import { SECRET_RESET_SQL } from "./kinds/secret_reset.ts";
import { SESSION_ENDED_SQL } from "./kinds/session_ended.ts";
import { LINKS_SQL } from "./links.ts";
import { MEMBERSHIP_SQL } from "./membership_table.ts";
import { MESSAGE_AUTHORS_SQL } from "./message_authors.ts";
import { MESSAGE_FILES_SQL } from "./message_files.ts";
import { MENTION_SQL } from "./mention_table.ts";
import { MENTIONS_SQL } from "./mentions.ts";
import { NETWORK_BANS_SQL } from "./network_bans.ts";
import { PEOPLE_SQL } from "./people.ts";
import { PERMISSIONS_SQL } from "./permissions.ts";
import { REACTION_SQL } from "./reaction_table.ts";
import { REPLY_SQL } from "./reply_table.ts";
import { REPORT_SQL } from "./report_table.ts";
import { RESTRICTIONS_SQL } from "./restrictions.ts";
import { ROOM_SQL } from "./room_table.ts";
import { ROOM_PEOPLE_SQL } from "./room_people.ts";
import { ROOM_END_SQL } from "./room_end.ts";
import { ROOM_RULES_SQL } from "./room_rules.ts";
import { ROOM_DIRECTORY_SQL } from "./room_directory.ts";
import { DO_NOT_DISTURB_SQL } from "./do_not_disturb_table.ts";
import { SESSION_SQL } from "./session_table.ts";
import { STATE_SQL } from "./state.ts";
import { PICTURE_SQL } from "./picture_table.ts";
import { TEXT_SQL } from "./text_table.ts";
import { UNREAD_SQL } from "./unread.ts";

/** The statements of every part of the state. */
const STATEMENTS: [string, string][] = [
  ...Object.entries(ACCOUNT_DELETED_SQL),
  ...Object.entries(ACCOUNT_END_SQL),
  ...Object.entries(ERASED_TEXTS_SQL),
  ...Object.entries(ERASURE_SQL),
  ...Object.entries(REMOVAL_SQL),
  ...Object.entries(INBOX_SQL),
  ...Object.entries(AUDIT_SQL),
  ...Object.entries(CENSUS_SQL),
  ...Object.entries(CHANGE_JUDGE_SQL),
  ...Object.entries(CHANGE_SQL),
  ...Object.entries(EDIT_SQL),
  ...Object.entries(REACTION_SQL),
  ...Object.entries(REPLY_SQL),
  ...Object.entries(TEXT_SQL),
  ...Object.entries(PICTURE_SQL),
  ...Object.entries(DEFAULT_ROOMS_SQL),
  ...Object.entries(BAN_SQL),
  ...Object.entries(LINKS_SQL),
  ...Object.entries(MODERATION_SQL),
  ...Object.entries(PERMISSIONS_SQL),
  ...Object.entries(RESTRICTIONS_SQL),
  ...Object.entries(ROLE_SQL),
  ...Object.entries(HISTORY_SQL),
  ...Object.entries(IGNORED_SQL),
  ...Object.entries(INDEX_QUEUE_SQL),
  ...Object.entries(INIT_SQL),
  ...Object.entries(JOIN_SQL),
  ...Object.entries(KEEP_DAYS_SQL),
  ...Object.entries(MARKERS_SQL),
  ...Object.entries(MEMBERSHIP_SQL),
  ...Object.entries(MENTION_SQL),
  ...Object.entries(MENTIONS_SQL),
  ...Object.entries(UNREAD_SQL),
  ...Object.entries(MESSAGE_SQL),
  ...Object.entries(MESSAGE_AUTHORS_SQL),
  ...Object.entries(MESSAGE_FILES_SQL),
  ...Object.entries(ATTACHMENT_SQL),
  ...Object.entries(NAME_EXPIRED_SQL),
  ...Object.entries(NAME_SQL),
  ...Object.entries(NAME_USED_SQL),
  ...Object.entries(NETWORK_BANS_SQL),
  ...Object.entries(PEOPLE_SQL),
  ...Object.entries(RENAME_SQL),
  ...Object.entries(REPORT_SQL),
  ...Object.entries(RETENTION_SQL),
  ...Object.entries(ROOM_SQL),
  ...Object.entries(ROOM_PEOPLE_SQL),
  ...Object.entries(ROOM_END_SQL),
  ...Object.entries(ROOM_RULES_SQL),
  ...Object.entries(ROOM_DIRECTORY_SQL),
  ...Object.entries(RULES_SQL),
  ...Object.entries(SECRET_RESET_SQL),
  ...Object.entries(SESSION_ENDED_SQL),
  ...Object.entries(DO_NOT_DISTURB_SQL),
  ...Object.entries(SESSION_SQL),
  ...Object.entries(STATE_SQL),
];

/** Statements that read a whole table, which is small, and only when messages are removed or an account is deleted. */
const SMALL: Readonly<Record<string, string>> = {
  nextErasure: "erasure",
  nextRemoval: "removal",
  same: "removal",
  removals: "removal",
  removeLinks: "link",
  unnameReports: "report",
  unignore: "ignored",
};

Deno.test("every statement finds its rows by an index", () => {
  using database = openDatabase({ path: ":memory:", sync: "normal" });
  const { db } = database;
  // They read the one row of a table; or as many entries as there are rooms, counted after a restart.
  const whole = [
    "probe",
    "progress",
    "advance",
    "store",
    "isThere",
    "set",
    "raise",
    "roomCount",
    "guests",
    "edits",
    "census",
    "openReports",
    "networkBans",
    "queueLength",
    "clearQueue",
    "queueReader",
    "setQueueReader",
    "gone",
    "total",
    "addTotal",
  ];
  for (const [name, sql] of STATEMENTS) {
    if (whole.includes(name) || /^insert .* values/.test(sql.trim())) continue;
    const plan = db.prepare(`explain query plan ${sql}`).all().map((row) => row.detail);
    // A subquery has the rows that its own search found, up to its limit.
    const scans = plan.filter((detail) => /^SCAN (?!\(subquery)|TEMP B-TREE/.test(String(detail)));
    const allowed = name === "rooms"
      ? ["SCAN room USING INDEX room_by_minute", "USE TEMP B-TREE FOR LAST TERM OF ORDER BY"]
      : ["access", "newRooms", "isValid"].includes(name)
      ? ["SCAN CONSTANT ROW"]
      : name === "readers"
      ? ["SCAN named", "SCAN named"]
      : name === "nextJob"
      ? ["SCAN job"]
      : name in SMALL
      ? [`SCAN ${SMALL[name]}`]
      : name === "forgetRuns" || name === "older"
      ? ["SCAN run"]
      : [];
    assertEquals<unknown[]>(scans, allowed, `${name}: ${plan.join("; ")}`);
  }
});
