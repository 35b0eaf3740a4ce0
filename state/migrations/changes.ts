/** The step from the layout before it: messages are edited, deleted, reacted to, pinned and replied to. */
export const CHANGES_FROM_15 = `
  alter table room add column rev integer not null default 0;
  alter table room add column edits integer not null default 0;
  create table change (
    room integer not null,
    seq integer not null,
    rev integer not null,
    edited integer,
    deleted text,
    row integer,
    bytes integer,
    pinned integer,
    emoji integer not null default 0,
    primary key (room, seq)
  ) strict, without rowid;
  create unique index change_by_rev on change (room, rev);
  create index change_by_pin on change (room, pinned) where pinned is not null;

  create table edited_text (
    n integer primary key,
    room integer not null,
    seq integer not null,
    text text not null
  ) strict;
  create index edited_text_by_message on edited_text (room, seq);

  create table edit (
    room integer not null,
    seq integer not null,
    author integer not null,
    id text not null,
    primary key (room, seq, id)
  ) strict, without rowid;
  create unique index edit_by_id on edit (id, author, room);

  create table reply (
    room integer not null,
    seq integer not null,
    re integer not null,
    author integer not null,
    primary key (room, seq)
  ) strict, without rowid;
  create index reply_by_author on reply (author, room, seq);

  create table emoji (
    room integer not null,
    seq integer not null,
    emoji text not null,
    first integer not null,
    count integer not null,
    primary key (room, seq, emoji)
  ) strict, without rowid;

  create table reaction (
    room integer not null,
    seq integer not null,
    emoji text not null,
    author integer not null,
    rev integer not null,
    primary key (room, seq, emoji, author)
  ) strict, without rowid;
  create index reaction_by_rev on reaction (room, seq, emoji, rev);
  create index reaction_by_author on reaction (author);
`;

/** Messages have previews of what they link to. */
export const PREVIEWS_FROM_19 = `
  alter table change add column preview integer;
  alter table change add column preview_bytes integer;
  alter table chat add column previews integer not null default 0;
`;
