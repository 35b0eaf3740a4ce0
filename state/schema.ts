/**
 * The tables of the state. `migrations/` has the steps from older layouts to this one.
 *
 * @module
 */
import { ATTACHMENTS_SCHEMA } from "./attachments_schema.ts";
import { CHANGES_SCHEMA } from "./changes_schema.ts";
import { PICTURES_SCHEMA } from "./pictures_schema.ts";

/**
 * The tables that events are applied to.
 *
 * Messages lie in the order of their writing, whatever their rooms: a batch for a thousand rooms
 * then writes to the end of one table, not to a thousand places, and a text that is deleted leaves no
 * stale copies behind, which page splits in a table in the order of its rooms would. A message keeps
 * its author's name as it was. A text that is edited or deleted is overwritten at its place, by as many bytes: a row that
 * shrinks would have SQLite move others, and leave copies of them (see change_table.ts).
 *
 * The index by id begins with the sender's own id of a message. Clients make ids that begin with the
 * time, so that the index grows at its end: beginning with the author it cost a page for each author in
 * a batch.
 *
 * Rooms are listed by their newest message, through an index of its minute: an index of its time would have
 * to be changed by each message.
 */
export const SCHEMA = `
  create table file (
    opened text not null,       -- the token of the last opening; see history_token.ts
    index_id text not null default '' -- the search index that index_queue is for
  ) strict;
  insert into file (opened) values ('');

  create table store (
    id text not null,
    epoch text not null,
    key blob not null,          -- signs cookies
    keep_days integer not null  -- 0: messages are kept permanently
  ) strict;

  create table former_key (
    n integer primary key,      -- 1 for the first key of the chat
    key blob not null           -- signed cookies, which still say who a browser was
  ) strict;

  create table log (
    position integer not null,  -- of the last entry applied; 0 before the first
    at integer not null,        -- its time, in ms since 1970
    entry text not null,        -- its run and number, which tell its log from another
    checksum text not null,     -- of all positions and outcomes so far
    rules integer not null      -- by which events are applied
  ) strict;
  insert into log (position, at, entry, checksum, rules) values (0, 0, '', '', 1);

  create table run (
    id text primary key,
    number integer not null,    -- of the last batch applied
    at integer not null,        -- when that was
    rules integer not null default 1 -- the newest that its program knows
  ) strict, without rowid;

  create table room (
    id integer primary key,
    name text not null unique,
    first integer not null default 1, -- the oldest seq kept; last + 1 if none is
    last integer not null default 0,  -- the newest seq ever assigned
    oldest integer,                   -- when the first one kept was sent; null if none is
    newest integer,                   -- when the last one was sent
    minute integer,                   -- newest, rounded down to whole minutes
    kind text not null default 'public', -- public, private, direct, or deleted until all messages are
    title text not null default '',
    topic text not null default '',
    posting text not null default 'all', -- or moderators
    guests integer not null default 1,   -- 1: guests may write
    slow integer not null default 0,     -- the seconds between two messages of one person
    archived integer not null default 0, -- 1: nobody may write
    keep_days integer not null default 0, -- 0: as the chat does it
    history text not null default 'all', -- what new members see: all, or what is sent after they have joined
    creator text,                        -- who made it; null if its first message did
    created integer,                     -- when that was
    people text,                         -- of a direct room: the ids, in order, with a space between
    rev integer not null default 0,      -- the number of changes of its messages
    edits integer not null default 0     -- those of them that edited or deleted one
  ) strict;
  create index room_by_oldest on room (oldest) where oldest is not null;
  create index room_by_minute on room (minute) where oldest is not null;
  create index room_by_creator on room (creator, created) where creator is not null;
  create index room_by_keep_days on room (keep_days) where keep_days > 0;
  create index room_counted on room (id)
    where kind <> 'direct' and (oldest is not null or creator is not null);
  create unique index room_by_people on room (people) where people is not null;

  create table old_address (
    name text primary key,      -- no room ever has it again
    room integer,               -- the room that has moved; null if it is deleted
    creator text,               -- of a deleted room: who made it
    created integer
  ) strict, without rowid;
  create index old_address_by_room on old_address (room) where room is not null;
  create index old_address_by_creator on old_address (creator, created) where creator is not null;

  create table last_send (
    room integer not null,      -- a room with a slow mode
    author integer not null,
    at integer not null,        -- when the author last sent a message there
    primary key (room, author)
  ) strict, without rowid;

  create table job (
    n integer primary key,
    kind text not null,         -- delete_room
    room integer not null,
    step integer not null       -- the number of the next step
  ) strict;

  create table author (
    id integer primary key,
    person text not null unique,
    muted integer not null default 0, -- until when they may not write, in ms since 1970
    banned integer not null default 0, -- 1: they may not be here; see ban
    deleted integer not null default 0 -- 1: their account was deleted, and nobody has the id any more
  ) strict;

  create table erasure (
    author integer primary key, -- a deleted person, whose name is removed from messages
    next integer not null,      -- the message at which the next step begins
    last integer not null,      -- the last message that can be theirs
    step integer not null       -- the number of the next step
  ) strict;

  create table removal (
    n integer primary key,
    author integer not null,    -- whose messages are deleted
    by text not null,           -- who wants it
    deleted text not null,      -- author or moderator
    room integer,               -- the only room; null for all
    directs integer not null,   -- 1: direct rooms are among them
    lowest integer not null,    -- the first seq that may go
    since integer not null,     -- only what was sent then or later, in ms since 1970
    last integer not null,      -- the newest message at that time
    wanted integer,             -- that time, in ms since 1970; null: not known
    until integer,              -- only what was sent until then, in ms since 1970; null: until last alone
    next integer not null default 0, -- the room that the next step begins in
    top integer,                -- the seq there from which it goes on to older ones; null: the newest
    step integer not null default 1, -- the number of the next step
    count integer not null default 0, -- of the messages deleted so far
    turn integer not null default 0, -- ascending in the order of the last steps
    pass integer                -- the removal whose steps are those of this one, too; null before the first
  ) strict;
  create unique index removal_by_pass on removal (pass, author);

  create table chat (
    name text not null,
    welcome text not null,
    create_rooms text not null, -- everyone, members or admins
    guests integer not null,    -- 1: guests may write
    claimed integer not null,   -- 1: there is, or was, an admin
    entry text not null,        -- open, or invite: newcomers need a link
    default_rooms text not null, -- the addresses of those that newcomers join, with spaces between
    previews integer not null default 0 -- 1: servers read the addresses that messages link to
  ) strict;
  insert into chat (name, welcome, create_rooms, guests, claimed, entry, default_rooms)
    values ('', '', 'everyone', 1, 0, 'open', 'lobby');

  create table link (
    hash text primary key,      -- SHA-256 of the token in its address, in base64url
    kind text not null,         -- claim: its holder becomes an admin; reset: sets a new secret;
                                -- invite: lets newcomers in
    at integer not null,        -- when it was made, in ms since 1970
    until integer not null,     -- when it ends
    by text,                    -- the admin who made it; null for the server
    person text,                -- whose secret it resets
    room text,                  -- the public room that an invitation shows first
    uses integer,               -- how many newcomers it lets in; null: any number
    used integer not null default 0
  ) strict, without rowid;
  create index link_by_kind on link (kind, at, hash);
  create index link_by_person on link (person) where person is not null;

  create table ban (
    person text primary key,
    name text not null,         -- at that time
    at integer not null,
    by text not null,
    reason text not null
  ) strict, without rowid;

  create table message (
    n integer primary key,
    room integer not null,
    seq integer not null,
    author integer not null,
    id text not null,
    at integer not null,
    name text not null,
    text text not null
  ) strict;
  create unique index message_by_seq on message (room, seq);
  create unique index message_by_id on message (id, author, room);

  ${CHANGES_SCHEMA}

  ${ATTACHMENTS_SCHEMA}
  ${PICTURES_SCHEMA}
  create table about (
    person text primary key,    -- somebody with a name
    text text not null          -- the line about themselves
  ) strict;


  create table people (
    id text primary key,
    name text not null,
    key text not null unique,
    secret text,
    used integer not null,
    generation integer not null default 0, -- how often all sessions of the person were ended
    written text,                          -- the skeleton of the name as written, if not key
    role text,                             -- 'admin', or null for a member
    seen integer                           -- the last hour of being connected, in hours since 1970
  ) strict, without rowid;
  create index people_by_written on people (written) where written is not null;
  create index people_by_role on people (role) where role is not null;

  create table membership (
    person text not null,
    room integer not null,
    visible_from integer not null, -- the first seq that the person may see
    role text,                     -- 'moderator', or null for a member
    level text not null,           -- all, mentions or nothing
    read integer not null,         -- the marker: the newest seq that was read
    place integer not null,        -- in the person's order of rooms, ascending
    since integer not null,        -- when it began, in ms since 1970
    primary key (person, room)
  ) strict, without rowid;
  create index membership_by_room on membership (room, since, person);
  create index membership_by_role on membership (room) where role is not null;

  create table index_queue (
    q integer primary key,
    message integer not null    -- whose text is gone or another, and the search index has to learn of it
  ) strict;
  create index index_queue_by_message on index_queue (message);

  create table mention (
    person text not null,       -- '*' for everyone
    room integer not null,
    seq integer not null,
    primary key (person, room, seq)
  ) strict, without rowid;
  create index mention_by_message on mention (room, seq);

  create table ignored (
    person text not null,
    other text not null,        -- whom the person ignores, perhaps a guest
    primary key (person, other)
  ) strict, without rowid;
  create index ignored_by_other on ignored (other);

  create table report (
    id text primary key,        -- random
    at integer not null,        -- when it was made, in ms since 1970
    room integer,               -- that of the message; null for a person, and once the room is deleted
    seq integer,                -- null for a person
    author text not null,       -- the person who is reported
    name text not null,         -- at that time
    text text                   -- of the message, at that time
  ) strict, without rowid;
  create unique index report_by_message on report (room, seq) where room is not null;
  create unique index report_by_author on report (author) where seq is null;
  create index report_by_at on report (at, id);

  create table report_reason (
    report text not null,
    person text not null,       -- who has reported
    name text not null,         -- at that time
    at integer not null,
    reason text not null,
    text text,                  -- the beginning of that of the message then, if it is not the report's
    primary key (report, person)
  ) strict, without rowid;
  create index report_reason_by_person on report_reason (person);

  create table report_viewer (
    person text not null,       -- an admin who sees the files of the message
    report text not null,
    primary key (person, report)
  ) strict, without rowid;
  create index report_viewer_by_report on report_viewer (report);

  create table do_not_disturb (
    person text primary key,
    until integer not null      -- until when the person does not want to be disturbed, in ms since 1970
  ) strict, without rowid;

  create table network_ban (
    network text primary key,   -- an IPv4 address, or the /64 of an IPv6 address
    person text not null,       -- who is banned with it
    until integer not null      -- when it may come in again, in ms since 1970
  ) strict, without rowid;
  create index network_ban_by_person on network_ban (person);
  create index network_ban_by_until on network_ban (until);

  create table request (
    n integer primary key,
    event text not null,        -- what another program wants appended, as JSON
    answer text                 -- null until it is applied; empty, or why it was refused
  ) strict;

  create table audit (
    n integer primary key,
    at integer not null,
    by text,                    -- the person who did it; null for the terminal
    action text not null,
    person text,                -- the person whom it concerns
    detail text
  ) strict;

  create table ended_sessions (
    id text primary key,
    until integer not null
  ) strict, without rowid;
  create index ended_sessions_until on ended_sessions (until);

  create table session (
    id text primary key,
    person text not null,        -- who has a name
    since integer not null,      -- when it was first used with a name, in ms since 1970
    used integer not null,       -- the last day of use, in days since 1970
    generation integer not null, -- the person's up to which it is valid, if that is above the cookie's
    browser text,                -- what it was last used with, as far as it is known
    system text
  ) strict, without rowid;
  create index session_by_person on session (person, used desc, since desc, id);
`;

/** Gives the history a new id, in a copy or after an older state has replaced a newer one. */
export const NEW_EPOCH = `
  update store set epoch = lower(hex(randomblob(16)));
  update file set opened = '';
`;

/** Lets a copy have no search index: the queue for that of the original is useless for another. */
export const NO_INDEX = `
  update file set index_id = '';
  delete from index_queue;
`;
