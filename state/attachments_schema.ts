/**
 * The tables of files that people upload and that messages name.
 *
 * @module
 */

/** The tables of files. */
export const ATTACHMENTS_SCHEMA = `
  create table attachment (
    n integer primary key,      -- in their order, so that no page is ever split, which would leave copies of names
    id text not null unique,    -- random
    person text not null,       -- who has uploaded it
    at integer not null,        -- when it was whole, in ms since 1970
    name text not null,
    size integer not null,      -- in bytes
    type text not null,         -- the media type that its bytes have
    width integer,              -- in pixels; null if it is no picture
    height integer,
    preview text,               -- a smaller picture, which is an attachment, too
    owner text,                 -- of a preview: the attachment that it belongs to; of a link's preview's picture: itself
    hash text not null,         -- SHA-256 of its bytes, in base64url
    content text not null,      -- the id under which these bytes are kept: its own, or that of an equal one
    uses integer not null default 0 -- how many messages name it
  ) strict;
  create index attachment_by_hash on attachment (hash);
  create index attachment_by_content on attachment (content);
  create index attachment_by_person on attachment (person, at, size);
  create index attachment_unnamed on attachment (at, id) where uses = 0 and owner is null;
  create index attachment_unnamed_by_person on attachment (person)
    where uses = 0 and owner is null;

  create table attachment_total (
    files integer not null,     -- the number of attachments
    contents integer not null,  -- of different contents
    bytes integer not null      -- of these
  ) strict;
  insert into attachment_total (files, contents, bytes) values (0, 0, 0);

  create table message_file (
    room integer not null,
    seq integer not null,
    place integer not null,     -- among those of the message, from 0; from 100: pictures of its previews
    attachment text not null,
    primary key (room, seq, place)
  ) strict, without rowid;
  create index message_file_by_attachment on message_file (attachment, room, seq);

  create table gone_content (
    id text primary key         -- whose bytes are kept and needed by nobody; a server deletes them, and then the row
  ) strict, without rowid;
`;
