/**
 * Steps from older layouts to those with what people wish for themselves, and report.
 *
 * @module
 */

/** People ignore others. */
export const IGNORED_FROM_8 = `
  create table ignored (
    person text not null,
    other text not null,
    primary key (person, other)
  ) strict, without rowid;
`;

/** People report messages and others to moderators and admins. */
export const REPORTS_FROM_9 = `
  create table report (
    id text primary key,
    at integer not null,
    room integer,
    seq integer,
    author text not null,
    name text not null,
    text text
  ) strict, without rowid;
  create unique index report_by_message on report (room, seq) where room is not null;
  create unique index report_by_author on report (author) where seq is null;
  create index report_by_at on report (at, id);

  create table report_reason (
    report text not null,
    person text not null,
    name text not null,
    at integer not null,
    reason text not null,
    primary key (report, person)
  ) strict, without rowid;
  create index report_reason_by_person on report_reason (person);
`;

/** People are left undisturbed. */
export const DO_NOT_DISTURB_FROM_10 = `
  create table do_not_disturb (
    person text primary key,
    until integer not null
  ) strict, without rowid;
`;

/** Networks are kept out. */
export const NETWORKS_FROM_12 = `
  create table network_ban (
    network text primary key,
    person text not null,
    until integer not null
  ) strict, without rowid;
  create index network_ban_by_person on network_ban (person);
  create index network_ban_by_until on network_ban (until);
`;

/** A reason of a report has the text that its author saw, if the message was edited since. */
export const REPORTED_TEXTS_FROM_16 = "alter table report_reason add column text text;";

/** Admins see the files of reported messages. */
export const REPORT_VIEWERS_FROM_21 = `
  create table report_viewer (
    person text not null,
    report text not null,
    primary key (person, report)
  ) strict, without rowid;
  create index report_viewer_by_report on report_viewer (report);
`;

/** Those who ignore a person are found by an index, when the person's account ends. */
export const IGNORED_FROM_28 = `
  create index ignored_by_other on ignored (other);
`;
