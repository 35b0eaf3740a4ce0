/**
 * The steps by which data files of older layouts reach the present one, which `schema.ts` has.
 *
 * @module
 */
import { ACCOUNTS_FROM_13 } from "./accounts.ts";
import { ATTACHMENTS_FROM_17, SIZES_FROM_26 } from "./attachments.ts";
import { CHANGES_FROM_15, PREVIEWS_FROM_19 } from "./changes.ts";
import { CHAT_FROM_7 } from "./chat.ts";
import { FROM_1, FROM_2, FROM_3, FROM_4, FROM_5, FROM_6 } from "./early.ts";
import { ABOUTS_FROM_22, PICTURES_FROM_20 } from "./pictures.ts";
import { REMOVALS_FROM_18, REMOVALS_FROM_25, REMOVALS_FROM_27 } from "./removals.ts";
import { COUNTED_FROM_24, ROOMS_FROM_7 } from "./rooms.ts";
import { INDEX_FROM_14 } from "./search_index.ts";
import { KEYS_FROM_23, SESSIONS_FROM_11 } from "./sessions.ts";
import {
  DO_NOT_DISTURB_FROM_10,
  IGNORED_FROM_28,
  IGNORED_FROM_8,
  NETWORKS_FROM_12,
  REPORT_VIEWERS_FROM_21,
  REPORTED_TEXTS_FROM_16,
  REPORTS_FROM_9,
} from "./wishes.ts";

/**
 * The steps from each older layout to the next one; the file's `user_version` says which it has. What was
 * released is never edited: a change of the layout is a change of `SCHEMA` and a further step. A step may
 * call `written_key`, which is `writtenKey` of a name or null.
 */
export const MIGRATIONS: readonly string[] = [
  FROM_1,
  FROM_2,
  FROM_3,
  FROM_4,
  FROM_5,
  FROM_6,
  CHAT_FROM_7 + ROOMS_FROM_7,
  IGNORED_FROM_8,
  REPORTS_FROM_9,
  DO_NOT_DISTURB_FROM_10,
  SESSIONS_FROM_11,
  NETWORKS_FROM_12,
  ACCOUNTS_FROM_13,
  INDEX_FROM_14,
  CHANGES_FROM_15,
  REPORTED_TEXTS_FROM_16,
  ATTACHMENTS_FROM_17,
  REMOVALS_FROM_18,
  PREVIEWS_FROM_19,
  PICTURES_FROM_20,
  REPORT_VIEWERS_FROM_21,
  ABOUTS_FROM_22,
  KEYS_FROM_23,
  COUNTED_FROM_24,
  REMOVALS_FROM_25,
  SIZES_FROM_26,
  REMOVALS_FROM_27,
  IGNORED_FROM_28,
];

/** The layout of `SCHEMA`. */
export const SCHEMA_VERSION = MIGRATIONS.length + 1;
