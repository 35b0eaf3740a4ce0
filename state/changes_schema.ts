/**
 * The tables of what has become of messages since they were sent.
 *
 * @module
 */

/** The tables of changes. */
export const CHANGES_SCHEMA = `
  create table change (
    room integer not null,
    seq integer not null,
    rev integer not null,       -- the room's at the latest change of the message
    edited integer,             -- when it was last edited
    deleted text,               -- author or moderator
    row integer,                -- of edited_text that has the text; null: it is in message
    bytes integer,              -- of the text, which spaces follow; null: it is as it was sent
    pinned integer,             -- the room's rev when it was pinned
    emoji integer not null default 0, -- the number of different emoji
    preview integer,            -- of edited_text that has the previews of its links, as JSON
    preview_bytes integer,      -- of the previews; 0: somebody removed them, and none may come; null: none
    primary key (room, seq)
  ) strict, without rowid;
  create unique index change_by_rev on change (room, rev);
  create index change_by_pin on change (room, pinned) where pinned is not null;

  create table edited_text (
    n integer primary key,
    room integer not null,
    seq integer not null,
    text text not null          -- with spaces behind it; of a former text, there are only spaces
  ) strict;
  create index edited_text_by_message on edited_text (room, seq);

  create table edit (
    room integer not null,
    seq integer not null,
    author integer not null,
    id text not null,           -- the author's own id of it, as that of a message
    primary key (room, seq, id)
  ) strict, without rowid;
  create unique index edit_by_id on edit (id, author, room);

  create table reply (
    room integer not null,
    seq integer not null,
    re integer not null,        -- the seq that it replies to
    author integer not null,    -- of that one
    primary key (room, seq)
  ) strict, without rowid;
  create index reply_by_author on reply (author, room, seq);

  create table emoji (
    room integer not null,
    seq integer not null,
    emoji text not null,
    first integer not null,     -- the room's rev when somebody reacted with it first
    count integer not null,     -- of the people who react with it
    primary key (room, seq, emoji)
  ) strict, without rowid;

  create table reaction (
    room integer not null,
    seq integer not null,
    emoji text not null,
    author integer not null,
    rev integer not null,       -- the room's at that time
    primary key (room, seq, emoji, author)
  ) strict, without rowid;
  create index reaction_by_rev on reaction (room, seq, emoji, rev);
  create index reaction_by_author on reaction (author);
`;
