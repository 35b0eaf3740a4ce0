/** Rooms are counted without the direct ones. */
export const COUNTED_FROM_24 = `
  create index room_counted on room (id)
    where kind <> 'direct' and (oldest is not null or creator is not null);
`;

/** The part of the step from the seventh layout by which rooms have settings, and are made, moved and deleted. */
export const ROOMS_FROM_7 = `
  alter table room add column kind text not null default 'public';
  alter table room add column title text not null default '';
  alter table room add column topic text not null default '';
  alter table room add column posting text not null default 'all';
  alter table room add column guests integer not null default 1;
  alter table room add column slow integer not null default 0;
  alter table room add column archived integer not null default 0;
  alter table room add column keep_days integer not null default 0;
  alter table room add column history text not null default 'all';
  alter table room add column creator text;
  alter table room add column created integer;
  alter table room add column people text;
  create index room_by_creator on room (creator, created) where creator is not null;
  create index room_by_keep_days on room (keep_days) where keep_days > 0;
  create unique index room_by_people on room (people) where people is not null;
  create table old_address (
    name text primary key,
    room integer,
    creator text,
    created integer
  ) strict, without rowid;
  create index old_address_by_room on old_address (room) where room is not null;
  create index old_address_by_creator on old_address (creator, created) where creator is not null;
  create table last_send (
    room integer not null,
    author integer not null,
    at integer not null,
    primary key (room, author)
  ) strict, without rowid;
  create table job (
    n integer primary key,
    kind text not null,
    room integer not null,
    step integer not null
  ) strict;
`;
