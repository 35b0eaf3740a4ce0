/** The chat has settings, people are members of rooms, and links let their holders do something. */
export const CHAT_FROM_7 = `
  alter table people add column seen integer;
  create table membership (
    person text not null,
    room integer not null,
    visible_from integer not null,
    role text,
    level text not null,
    read integer not null,
    place integer not null,
    since integer not null,
    primary key (person, room)
  ) strict, without rowid;
  create index membership_by_room on membership (room, since, person);
  create index membership_by_role on membership (room) where role is not null;
  create table mention (
    person text not null,
    room integer not null,
    seq integer not null,
    primary key (person, room, seq)
  ) strict, without rowid;
  create index mention_by_message on mention (room, seq);
  create table chat (
    name text not null,
    welcome text not null,
    create_rooms text not null,
    guests integer not null,
    claimed integer not null,
    entry text not null,
    default_rooms text not null
  ) strict;
  insert into chat (name, welcome, create_rooms, guests, claimed, entry, default_rooms)
    values ('', '', 'everyone', 1, exists (select 1 from people where role = 'admin') or
      exists (select 1 from audit where action = 'role' and detail = 'admin'),
      'open', 'lobby');

  create table link (
    hash text primary key,
    kind text not null,
    at integer not null,
    until integer not null,
    by text,
    person text,
    room text,
    uses integer,
    used integer not null default 0
  ) strict, without rowid;
  create index link_by_kind on link (kind, at, hash);
  create index link_by_person on link (person) where person is not null;
`;
