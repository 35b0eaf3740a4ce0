/**
 * The steps from the first layouts of the tables. They are never edited.
 *
 * @module
 */

/** From the table in the order of rooms and places; one event log for all that is durable. */
export const FROM_1 = `
  create table file (
    opened text not null
  ) strict;
  insert into file (opened) values ('');

  alter table people add column generation integer not null default 0;

  create table new_store (
    id text not null,
    epoch text not null,
    key blob not null,
    keep_days integer not null
  ) strict;
  insert into new_store (id, epoch, key, keep_days)
    select id, lower(hex(randomblob(16))),
      coalesce((select key from signing_key), randomblob(32)), 0
    from store;
  drop table store;
  drop table signing_key;
  alter table new_store rename to store;

  create table log (
    position integer not null,
    at integer not null,
    entry text not null,
    checksum text not null,
    rules integer not null
  ) strict;
  insert into log (position, at, entry, checksum, rules) values (0, 0, '', '', 1);

  create table run (
    id text primary key,
    number integer not null,
    at integer not null
  ) strict, without rowid;

  create table new_message (
    n integer primary key,
    room integer not null,
    seq integer not null,
    author integer not null,
    id text not null,
    at integer not null,
    name text not null,
    text text not null
  ) strict;
  insert into new_message (room, seq, author, id, at, name, text)
    select room, place & 0xffffffff, author, id, at, name, text from message order by at, place;
  drop table message;
  alter table new_message rename to message;
  create unique index message_by_seq on message (room, seq);
  create unique index message_by_id on message (id, author, room);
`;

/** A run says which rules its program knows. Rooms are found by the minute of their newest message. */
export const FROM_2 = `
  drop index room_by_newest;
  alter table run add column rules integer not null default 1;

  alter table room add column minute integer;
  update room set minute = newest / 60000;
  create index room_by_minute on room (minute) where oldest is not null;
`;

/**
 * Names are compared as they are written, too. On several servers the rows stay as the log made them, so that
 * every server has the same.
 */
export const FROM_3 = `
  alter table people add column written text;
  create index people_by_written on people (written) where written is not null;
  update people set written = written_key(name) where not exists (select 1 from run);
`;

/** People have roles, and what moderators and admins do is recorded. */
export const FROM_4 = `
  alter table people add column role text;
  create index people_by_role on people (role) where role is not null;
  create table audit (
    n integer primary key,
    at integer not null,
    by text,
    action text not null,
    person text,
    detail text
  ) strict;
`;

/** The terminal hands events to a running server. */
export const FROM_5 = `
  create table request (
    n integer primary key,
    event text not null,
    answer text
  ) strict;
`;

/** People are muted and banned. */
export const FROM_6 = `
  alter table author add column muted integer not null default 0;
  alter table author add column banned integer not null default 0;
  create table ban (
    person text primary key,
    name text not null,
    at integer not null,
    by text not null,
    reason text not null
  ) strict, without rowid;
`;
